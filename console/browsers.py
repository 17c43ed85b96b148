"""What a browser calls itself, short enough to know it again in a list."""

from __future__ import annotations

from starlette.requests import Request

NAMES = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
"""The sign by which each is known, most telling first: almost all call themselves Safari too."""


def browser(request: Request) -> str | None:
    """As in “Firefox, Windows”; None where it is none that we know."""
    told = request.headers.get("user-agent", "")
    found = [next((name for sign, name in known if sign in told), None) for known in (NAMES, SYSTEMS)]
    return ", ".join(name for name in found if name) or None
