"""The film club. Whole pages have consentkit's banner; what htmx swaps in is a fragment, and is only made harmless.

uvicorn examples.fastapi_htmx.app:app
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Form, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from consentkit.consent.state import Consent
from consentkit.starlette import ConsentMiddleware, consent_context, consent_from, decide, requires

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("FILMS_FOLDER", "."))
SECRET = os.environ.get("FILMS_SECRET", "only for the demonstration: everybody can read this")


@dataclass(frozen=True)
class Film:
    """A film of the programme, and its trailer at somebody else's."""

    id: int
    title: str
    line: str
    trailer: str


FILMS = (
    Film(1, "The Lantern Keeper", "A lighthouse, a storm, and a radio that answers.", "https://www.youtube.com/embed/fcLantern01"),
    Film(2, "Forty Winters", "Four sisters divide a farm.", "https://player.vimeo.com/video/900000101"),
    Film(3, "Tin Orchestra", "A brass band without brass.", "https://www.youtube-nocookie.com/embed/fcTinOrch03"),
    Film(4, "Slow Post", "Letters that arrive thirty years late.", "https://player.vimeo.com/video/900000104"),
)  # fmt: skip

app = FastAPI(title="Harrowmere Film Club", openapi_url=None)
templates = Jinja2Templates(HERE / "templates", context_processors=[consent_context])


def htmx_file() -> Path:
    """The real htmx, as the package django-htmx ships it. Nothing of Django is imported."""
    package = find_spec("django_htmx")
    if package is None or package.origin is None:
        raise RuntimeError("this example takes htmx from the package django-htmx: pip install django-htmx")
    folder = Path(package.origin).parent / "static" / "django_htmx"
    newer = folder / "htmx-2.min.js"
    return newer if newer.exists() else folder / "htmx.min.js"


HTMX = htmx_file()


# A fragment has no html element that says its language, and depends on how it was asked for.
FIELDS = {"Vary": "HX-Request", "Content-Language": "en"}


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks, for a part of the page that is there; going back in the history it wants the whole one."""
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


def page(request: Request, template: str, **values: object) -> HTMLResponse:
    """The whole page, or the part of it that htmx swaps in."""
    part = wants_fragment(request)
    context = {"layout": "_part.html" if part else "base.html", **values}
    return templates.TemplateResponse(request, template, context, headers=FIELDS)


@app.get("/", response_class=HTMLResponse)
async def programme(request: Request, q: str = "") -> HTMLResponse:
    """The programme; typing in the search field fetches only the list."""
    found = [film for film in FILMS if q.lower() in f"{film.title} {film.line}".lower()]
    if wants_fragment(request) and request.headers.get("hx-target") == "list":
        return templates.TemplateResponse(request, "_list.html", {"films": found}, headers=FIELDS)
    return page(request, "programme.html", films=found, q=q)


@app.get("/films/{number}", response_class=HTMLResponse)
async def film(request: Request, number: int) -> HTMLResponse:
    """One film with its trailer: a page of its own, and a fragment for the programme's screen."""
    found = next((each for each in FILMS if each.id == number), None)
    if found is None:
        raise HTTPException(404, "There is no such film.")
    return page(request, "film.html", film=found)


@app.get("/popular")
async def popular(consent: Annotated[Consent, Depends(requires("analytics"))]) -> dict[str, object]:
    """For those who let themselves be counted: how the others chose."""
    return {"counted": consent.allows("analytics"), "films": [each.title for each in FILMS[:2]]}


@app.get("/account", response_class=HTMLResponse)
async def account(request: Request, consent: Annotated[Consent, Depends(consent_from)]) -> HTMLResponse:
    """A page with settings of its own, which decides for its visitor."""
    return page(request, "account.html", trailers=consent.allows("media"), counted=consent.allows("analytics"))


@app.post("/account")
async def save(
    request: Request, trailers: Annotated[str, Form()] = "", counted: Annotated[str, Form()] = ""
) -> Response:
    """Keeps the record, and sets the cookie with the redirect."""
    response = RedirectResponse("/account", 303)
    grant = {purpose for purpose, ticked in (("media", trailers), ("analytics", counted)) if ticked}
    await decide(request, response, grant=grant)
    return response


@app.get("/static/htmx.js")
async def htmx() -> FileResponse:
    """The script."""
    return FileResponse(HTMX, media_type="text/javascript")


app.mount("/static", StaticFiles(directory=HERE / "static"))
# Added last, so that it stands outside of all others.
app.add_middleware(ConsentMiddleware, policy=HERE / "policy.toml", secret=SECRET, records=FOLDER / "films.sqlite3",
                   insecure_dev=os.environ.get("FILMS_INSECURE_DEV") == "1")  # fmt: skip
