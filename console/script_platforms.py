"""The platforms of the script: added by a form, and known by more names."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms
from console.forms import Fields
from console.pages import page, words
from console.script_draft import Change, Refusal, Work, for_editors, identify, read, save, work
from console.wording import Words
from nlu.everyday import NO_NAME, ORDINARY
from stories import editing
from stories.folding import bare
from stories.pieces import Platform
from stories.script import Script

FILE = "platforms.yml"
SCOPES = ("b2c_goods", "classifieds", "c2c_and_pro", "b2b", "adjacent", "other")
NAMES = ("aliases", "misspellings", "domains")
"""What people write for a platform, a line each."""
LEAST = 2
"""Letters of the shortest name that is understood."""


@for_editors
async def show_all(request: Request) -> Response:
    held = await work(request)
    used = (await read(held.draft.base.sources)).by_platform
    changed = {one.id for one in held.script.platforms.platforms if used.get(one.id) != one}
    return page(request, "script/platforms.html", platforms=held.script.platforms.platforms, changed=changed)


@for_editors
async def show(request: Request) -> Response:
    held, name = await work(request), request.query_params.get("id", "")
    known = held.script.by_platform.get(name)
    if name and known is None:
        raise HTTPException(status_code=404)
    return _page(request, held, name, _fields(known))


@for_editors
async def keep(request: Request) -> Response:
    """Add a platform, or change what one is called."""
    fields = await forms.read(request)
    held, name = await work(request), fields.get("id", "")
    known = held.script.by_platform.get(name)
    if name and known is None:
        raise HTTPException(status_code=404)
    new = known is None
    name = name or identify(fields.get("name", ""))
    refusal = None if held.is_old(fields) else _refusal(words(request), held.script, name, fields, new=new)
    if refusal is not None:
        return _page(request, held, "" if new else name, fields, refusal)
    wanted: dict[str, object] = {
        "name": fields.get("name", "").strip(),
        "scope": fields.get("scope", ""),
        **{each: _lines(fields.get(each, "")) for each in NAMES},
    }
    text = held.draft.sources[FILE]
    changes: list[Change] = []
    if new:
        text = editing.add(text, ("platforms",), {"id": name, **{key: value for key, value in wanted.items() if value}})
    for key, value in {} if known is None else wanted.items():
        if value != _now(known, key):
            text = editing.put(text, ("platforms", name, key), value)
        changes.append(Change(field=key, file=FILE, path=("platforms", name, key)))
    led_to = f"/script/platform?id={name}&saved=1"
    saved = await save(request, fields, held, {FILE: text}, led_to=led_to, changes=tuple(changes))
    return (
        saved
        if isinstance(saved, Response)
        else _page(request, await work(request), fields.get("id", ""), fields, saved)
    )


def _now(known: Platform | None, key: str) -> object:
    held = getattr(known, key)
    return list(held) if isinstance(held, tuple) else held


def _fields(known: Platform | None) -> Mapping[str, str]:
    if known is None:
        return {"scope": "b2c_goods"}
    return {"name": known.name, "scope": known.scope, **{each: "\n".join(getattr(known, each)) for each in NAMES}}


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(" ".join(line.split()) for line in text.splitlines() if line.strip()))


def _refusal(said: Words, script: Script, name: str, fields: Fields, *, new: bool) -> Refusal | None:
    """Why the form cannot be kept, at its field."""
    title = fields.get("name", "").strip()
    if not title or not name:
        return Refusal(said=said("script_refused.name"), field="name")
    if new and name in script.by_platform:
        return Refusal(said=said("script_refused.exists", name=title), field="name")
    if fields.get("scope") not in SCOPES:
        return Refusal(said=said("script_refused.choose"), field="scope")
    taken = {_squeezed(one): other for other in script.platforms.platforms if other.id != name for one in _names(other)}
    kept = () if new else _names(script.by_platform[name])
    for field in ("name", "aliases", "misspellings"):
        for one in _lines(fields.get(field, "")):
            if one not in kept and (len(_squeezed(one)) < LEAST or _is_ordinary(one)):
                return Refusal(said=said("script_refused.ordinary", name=one), field=field)
            if one not in kept and (other := taken.get(_squeezed(one))) is not None:
                return Refusal(said=said("script_refused.taken", name=one, other=other.name), field=field)
    for one in _lines(fields.get("domains", "")):
        if "." not in one.strip(".") or " " in one or "/" in one:
            return Refusal(said=said("script_refused.domain", name=one), field="domains")
    return None


def _names(platform: Platform) -> tuple[str, ...]:
    return (platform.name, *platform.aliases, *platform.misspellings)


def _squeezed(text: str) -> str:
    """As names are compared: no capitals, accents, spaces or signs."""
    return "".join(letter for letter in bare(text) if letter.isalnum())


def _is_ordinary(text: str) -> bool:
    return _squeezed(text) in ORDINARY | NO_NAME


def _page(
    request: Request, held: Work, name: str, typed: Mapping[str, str], refusal: Refusal | None = None
) -> Response:
    known = held.script.by_platform.get(name)
    return page(
        request, "script/platform.html", status=refusal.status if refusal else 200, id=name, known=known,
        typed={key: typed.get(key, "") for key in ("name", "scope", *NAMES)}, scopes=SCOPES, names=NAMES,
        refusal=refusal, version=held.draft.version, saved="saved" in request.query_params,
    )  # fmt: skip


ROUTES = [
    Route("/script/platforms", show_all, methods=["GET"]),
    Route("/script/platform", show, methods=["GET"]),
    Route("/script/platform", keep, methods=["POST"]),
]
