"""What every page of the console has: the desk it belongs to, its language, its frame."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import Literal, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console import forms
from console.forms import signed_in
from console.provider import Provider
from console.theme import Theme
from console.wording import Words
from nlu.backend import NLU
from storage import access
from storage.access import Act
from storage.crypto import KeyRing
from storage.database import Database
from storage.filestore import FileStore
from storage.neighbours import Likeness
from stories.script import LANGUAGES, Script
from stories.types import Language


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu, and the acts of which one must be allowed."""

    section: str
    path: str
    acts: tuple[Act, ...]


MENU = (
    Entry("home", "/", ("read_figures", "manage_teams")),
    Entry("cases", "/cases", ("read_cases",)),
    Entry("conversations", "/conversations", ("handle_cases",)),
    Entry("problems", "/problems", ("read_figures",)),
    Entry("stories", "/stories", ("write_stories",)),
    Entry("exports", "/exports", ("export_pseudonyms",)),
    Entry("canned", "/canned", ("keep_canned",)),
    Entry("review", "/review", ("label_messages",)),
    Entry("script", "/script", ("edit_script",)),
    Entry("models", "/models", ("train_models",)),
    Entry("accounts", "/accounts", ("manage_accounts",)),
    Entry("audit", "/audit", ("read_audit",)),
)
Totp = Literal["optional", "required"]
LARGEST_ID = (1 << 63) - 1
DIGITS = 19
"""Of the largest row id."""
LANGUAGE_COOKIE = "portevoix_language"
KEYS_COOKIE = "portevoix_keys"
"""`off` for whoever wants no keys of ours."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """What the console is given; it makes none of it itself. Its script is exchanged while it runs."""

    database: Database
    ring: KeyRing
    likeness: Likeness
    script: Script
    clock: Callable[[], datetime]
    secure_cookies: bool
    files: FileStore
    totp: Totp = "optional"
    identity_reason: bool = False
    """Whether an official gives a reason before they see whose case it is."""
    provider: Provider | None = None
    """Where officials may log in instead of giving a password."""
    theme: Theme = "neutral"
    packaged: Script
    """The script that comes with Portevoix: in use where none was published."""
    nlu: NLU | None = None
    """The reader in use, for trial chats; none: only the rules read. It is exchanged with the script."""
    data: Path | None = None
    """Where examples are put that an administrator brings in; none: none can be brought in here."""
    stories_folder: Path | None = None
    """Where conversation tests may be written; none: they are downloaded only."""
    models: Path | None = None
    """The folder of the classifier's versions."""
    examples: Path | None = None
    """The folder of the examples they learn from; None: those that come with Portevoix."""
    two_persons: bool = False
    """Whether a model is put into service by one who proposes it and another who agrees."""
    rasa: bool = False
    """Whether a Rasa server can be trained too."""


def desk(request: Request) -> Desk:
    return cast("Desk", request.app.state.desk)


def root(request: Request) -> str:
    """The path under which the console is mounted."""
    return str(request.scope.get("root_path", ""))


def language(request: Request) -> Language:
    """The official's choice, else the browser's first language that we speak, else French."""
    wanted = [request.cookies.get(LANGUAGE_COOKIE, "")]
    wanted += [part.split(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    for tag in wanted:
        for known in LANGUAGES:
            if tag.lower().split("-")[0] == known:
                return known
    return "fr"


def words(request: Request) -> Words:
    return Words(language(request), desk(request).script)


def page(request: Request, template: str, *, status: int = 200, **shown: object) -> HTMLResponse:
    """A page of the console, in the reader's language, with the form token its forms need."""
    token, fresh = forms.token(request)
    said = words(request)
    frame: Mapping[str, object] = {
        "t": said,
        "language": said.language,
        "root": root(request),
        "here": forms.here(request),
        "token": token,
        "signed_in": signed_in(request),
        "may": partial(may, request),
        "menu": menu(request),
        "nonce": forms.nonce,
        "icon": _icon,
        "unreadable": getattr(request.state, "unreadable", None),
        "keys": request.cookies.get(KEYS_COOKIE) != "off",
        "theme": desk(request).theme,
        "version": _version(),
    }
    response = HTMLResponse(_templates().get_template(template).render({**frame, **shown}), status)
    if fresh is not None:
        set_cookie(request, response, forms.FORM_COOKIE, fresh)
    return response


def menu(request: Request) -> list[Entry]:
    """The pages that the reader may open."""
    return [entry for entry in MENU if may(request, *entry.acts)]


def may(request: Request, *acts: Act) -> bool:
    """Whether the reader may do one of these."""
    reader = signed_in(request)
    return reader is not None and any(access.may(reader.official.role, act) for act in acts)


def row_id(text: str | None) -> int | None:
    """The row id of a page's address; None where there is none that can be one."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > DIGITS:
        return None
    return int(text) if int(text) <= LARGEST_ID else None


def go(request: Request, path: str) -> RedirectResponse:
    """Leave a form by a page that may be reloaded."""
    return RedirectResponse(root(request) + path, status_code=303)


def done(request: Request, kind: str = "done") -> str:
    """What was just done, in words, where the address says so."""
    key, said = f"{kind}.{request.query_params.get('done', '')}", words(request)
    return said(key) if said.knows(key) else ""


def set_cookie(request: Request, response: Response, name: str, value: str, *, days: int | None = None) -> None:
    """A cookie that only the console gets, and no script reads; without `days` it ends with the browser."""
    response.set_cookie(
        name,
        value,
        max_age=None if days is None else days * 86400,
        path=root(request) or "/",
        secure=desk(request).secure_cookies,
        httponly=True,
        samesite="strict",
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("console"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _icon(name: str) -> str:
    """A mark as a picture, which pages show by the dozen."""
    drawn: str = vars(_templates().get_template("cases/marks.html").module)["icon"](name)
    return drawn


@cache
def _version() -> str:
    """Changes with the static files, so that a browser may keep them for long."""
    static = resources.files("console").joinpath("static")
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(static.iterdir(), key=lambda f: f.name)))
    return digest.hexdigest()[:12]
