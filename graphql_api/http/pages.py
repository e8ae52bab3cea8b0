"""The pages: a landing page that says what this is; GraphiQL and the page behind links from our own files."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from graphql_api.http.accept import takes
from graphql_api.http.compression import compressed
from models.settings import Settings

HERE: Final = Path(__file__).parent
TEMPLATES: Final = HERE / "templates"
ICON: Final = HERE.parent / "web" / "src" / "icon.svg"
BUILT_PAGES: Final = HERE.parent / "web" / "dist"
# how a built page names its scripts and styles
ASSETS: Final = '="/graphiql/assets/'
# what the build leaves beside a file, the smaller one first
PACKED: Final = {"br": ".br", "gzip": ".gz"}

Handler = Callable[[Request], Awaitable[Response]]


def landing_page(settings: Settings) -> Handler:
    """`GET /`."""
    page = _rendered("landing.html", settings, url=settings.url, token_hours=settings.token_hours)

    async def answer(request: Request) -> Response:
        return await compressed(request, HTMLResponse(page))

    return answer


def built_page(name: str, settings: Settings, built: Path = BUILT_PAGES) -> Handler:
    """`GET /graphiql` (index.html), `GET /open/{id}` (open.html): the page, or a sentence that says how to build it."""
    unbuilt = _rendered("unbuilt.html", settings)

    async def answer(_request: Request) -> Response:
        page = built / name
        if not page.is_file():
            return HTMLResponse(unbuilt, 503)
        headers = {"Cache-Control": "no-cache"}
        if settings.sub_path:  # the build knows no path but our own; scripts and styles find each other by theirs
            text = page.read_text(encoding="utf-8")
            return HTMLResponse(text.replace(ASSETS, f'="{settings.sub_path}{ASSETS[2:]}'), headers=headers)
        return FileResponse(page, headers=headers)

    return answer


def _rendered(name: str, settings: Settings, **values: object) -> str:
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    return templates.get_template(name).render(sub_path=settings.sub_path, **values)


async def icon(_request: Request) -> Response:
    """`GET /icon.svg`, and `GET /favicon.ico` for what has no page to name it, such as an answer in JSON."""
    return FileResponse(ICON, media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


class BuiltFiles(StaticFiles):
    """The built scripts and styles. Their names carry a hash of what is in them, so browsers may keep them."""

    def __init__(self, built: Path = BUILT_PAGES) -> None:
        super().__init__(directory=built / "assets", check_dir=False)

    async def check_config(self) -> None:
        """Nothing: files that have not been built are simply not there."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, compressed where the client can read that, to be kept for a year."""
        response = await self._packed(path, scope) or await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["Vary"] = "Accept-Encoding"
        return response

    async def _packed(self, path: str, scope: Scope) -> Response | None:
        accepted = Headers(scope=scope).get("accept-encoding")
        for coding in (coding for coding in PACKED if takes(accepted, coding)):
            with suppress(HTTPException):  # what is small is not packed
                response = await super().get_response(path + PACKED[coding], scope)
                response.headers["Content-Encoding"] = coding
                return response
        return None
