"""`portevoix audit`: prove that the audit log is whole, and take away what is old."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Iterator, Mapping

from bot.assembly import opened
from bot.audit import cut, read_head
from bot.given import now
from bot.settings import Settings
from bot.values import CommandError
from storage import audit_proof
from storage.audit import Head
from storage.audit_proof import Fault, Finding, Proof

SAID: Mapping[Fault, str] = {
    "changed": "{entries}: changed, or written without the keys",
    "moved": "{entries}: not where it was",
    "missing": "{entries}: missing",
    "returned": "{entries}: was cut away, and is there",
    "unsealed": "row {first}: not numbered for more than a minute: is a worker running?",
    "cut": "cut after entry {first}: not made with the keys of this database",
    "shortened": "{entries}: missing at the end; the last was known here as {last}",
    "replaced": "entry {first}: not the one that was known here: the log was written anew, or an old copy put back",
}
SHOWN = 50


def verify(settings: Settings, _asked: Namespace) -> int:
    """Print what was found; 1 where something is wrong."""
    try:
        known = read_head(settings.audit_head)
    except (ValueError, KeyError) as error:
        raise CommandError(f"{settings.audit_head} is damaged: move it away, and ask who changed it") from error
    proof = asyncio.run(_verify(settings, known))
    print("\n".join(_lines(proof, known)))
    return 1 if proof.findings else 0


def purge(settings: Settings, _asked: Namespace) -> None:
    gone = asyncio.run(_purge(settings))
    print(f"Entries older than {settings.audit_months} months taken away: {gone}.")


async def _verify(settings: Settings, known: Head | None) -> Proof:
    async with opened(settings) as (database, ring), database.read() as session:
        return await audit_proof.verify(session, ring, now(), known)


async def _purge(settings: Settings) -> int:
    async with opened(settings) as (database, ring):
        return await cut(database, ring, settings.audit_months, now())


def _lines(proof: Proof, known: Head | None) -> Iterator[str]:
    for finding in proof.findings[:SHOWN]:
        yield _said(finding)
    if len(proof.findings) > SHOWN:
        yield f"and {len(proof.findings) - SHOWN} more"
    if proof.findings:
        yield "THE AUDIT LOG WAS TAMPERED WITH, or is not being numbered: see above."
        return
    yield f"The audit log is whole: entries {proof.begins} to {proof.head.n}."
    if proof.begins > 1:
        yield f"Older ones were taken away by a purge, up to {proof.begins - 1}."
    if known is None:
        yield "Whether entries are missing at its end is not known: this machine never numbered any."
    yield f"Its end is {proof.head.n}:{proof.head.chain.hex()[:16]}: note it elsewhere."


def _said(finding: Finding) -> str:
    one = finding.first == finding.last
    entries = f"entry {finding.first}" if one else f"entries {finding.first} to {finding.last}"
    return SAID[finding.fault].format(entries=entries, first=finding.first, last=finding.last)
