"""Rollcall below a path of a host that others share, such as https://school.example/rollcall."""

from starlette.types import ASGIApp, Receive, Scope, Send


class SubPath:
    """Middleware: takes the path of ROLLCALL_URL off requests that have it, so that a proxy may keep or strip it."""

    def __init__(self, app: ASGIApp, sub_path: str) -> None:
        self.app = app
        self.sub_path = sub_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, by the path that our routes know."""
        if self.sub_path and scope["type"] in {"http", "websocket"}:
            path = str(scope["path"])
            if path == self.sub_path or path.startswith(f"{self.sub_path}/"):
                scope = {**scope, "path": path.removeprefix(self.sub_path) or "/"}
        await self.app(scope, receive, send)
