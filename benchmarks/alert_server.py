"""The application under uvicorn in a process of its own, with one address more: `/census`, what it holds right now.

`python -m benchmarks.alert_server PORT`, the settings in its environment.
"""

import asyncio
import gc
import os
import sys
from typing import Any

import psutil
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from graphql_api.app import create_app
from graphql_api.http.logging import configure_logging
from graphql_api.http.server import serve
from jobs.work.registry import open_work
from models.database import Database
from models.settings import load_settings


async def main(port: int) -> None:
    """Serves until it is told to stop."""
    configure_logging("error")
    settings = load_settings(os.environ)
    database = Database(os.environ["DATABASE_URL"])
    process = psutil.Process()
    async with open_work(settings, database, os.environ["REDIS_URL"], {}) as work:

        async def census(_: Request) -> JSONResponse:
            gc.collect()
            listeners = alerts._all()
            return JSONResponse(
                {
                    "tasks": len(asyncio.all_tasks()),
                    "listeners": len(listeners),
                    "waiting": sum(one.waiter is not None and not one.behind for one in listeners),
                    "topics": len(work.bus._listeners),
                    "database connections at work": database.engine.pool.checkedout(),  # type: ignore[attr-defined]
                    "files and sockets": process.num_fds(),
                    "objects": len(gc.get_objects()),
                    "KiB": process.memory_info().rss // 1024,
                }
            )

        app = create_app(settings, work.database, work.queue, work.bus, work.files, routes=[Route("/census", census)])
        sockets: Any
        (sockets,) = (route.app for route in app.routes if isinstance(route, WebSocketRoute))
        alerts = sockets.services.alerts
        await serve(app, "127.0.0.1", port, lambda *_: None)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
