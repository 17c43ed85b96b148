"""The look of the console: our own, or the State's design system, which comes from its registry package alone."""

from __future__ import annotations

from typing import Literal

from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

Theme = Literal["neutral", "dsfr"]
PICTURES = "img-src 'self'"


def mounts(theme: Theme) -> list[Mount]:
    """Where the files of a look are served, fonts and all."""
    return [Mount("/static/dsfr", StaticFiles(packages=[("dsfr", "static/dsfr/dist")]))] if theme == "dsfr" else []


def policy(theme: Theme, usual: str) -> str:
    """The Content-Security-Policy of a look: the State's brings its fonts, and pictures within its style sheets."""
    return usual.replace(PICTURES, f"{PICTURES} data:; font-src 'self'") if theme == "dsfr" else usual
