"""The versions of the classifier: which one is in use, who put it there, and how it is exchanged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.handling import RefusedError
from storage.ids import IDS
from storage.tables import ConversationRow
from storage.training_tables import ModelRow, ModelSampleRow, PromotionRow

Kind = Literal["embedded", "rasa"]
Exchange = Literal["promoted", "rolled_back", "emergency", "shadowed", "unshadowed"]
USE: tuple[Exchange, ...] = ("promoted", "rolled_back", "emergency")
SHADOW: tuple[Exchange, ...] = ("shadowed", "unshadowed")
LOADABLE = ("candidate", "live", "retired")
ALONE = text("SELECT pg_advisory_xact_lock(7230501)")


@dataclass(frozen=True, slots=True, kw_only=True)
class InService:
    """Which versions every process is to hold."""

    live: str
    shadow: str | None
    digests: Mapping[str, str]
    """Of the manifests of those that may read messages, by version; no other file is loaded under these names."""
    gone: frozenset[str]
    """Those whose files are to be deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model that was trained just now."""

    version: str
    digest: str
    """SHA-256 of its manifest, hex."""
    about: Mapping[str, Any]
    """Its manifest, without what only the program reads."""
    samples: tuple[int, ...] = ()
    """The labelled messages that it learnt from."""
    comparison: Mapping[str, Any] | None = None
    verdict: Mapping[str, Any] | None = None


async def register(
    session: AsyncSession, trained: Trained, now: datetime, *,
    by: int | None = None, job_id: int | None = None, kind: Kind = "embedded", notes: str = "",
) -> None:  # fmt: skip
    """Keep where a model comes from; one that is registered already stays as it is."""
    if await find(session, trained.version) is not None:
        return
    refused = trained.verdict is not None and not is_passed(trained.verdict)
    row = ModelRow(
        version=trained.version, digest=trained.digest, status="refused" if refused else "candidate", kind=kind,
        created_at=now, author_id=by, job_id=job_id, about=dict(trained.about), comparison=_json(trained.comparison),
        verdict=_json(trained.verdict), notes=notes,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    learnt = [{"version": trained.version, "sample_id": one} for one in trained.samples]
    if learnt:
        await session.execute(insert(ModelSampleRow), learnt)


async def every(session: AsyncSession) -> list[ModelRow]:
    """Newest first."""
    return list(await session.scalars(select(ModelRow).order_by(ModelRow.created_at.desc(), ModelRow.version.desc())))


async def find(session: AsyncSession, version: str) -> ModelRow | None:
    return await session.get(ModelRow, version)


async def live(session: AsyncSession) -> str | None:
    """The version in use; None before the first start."""
    found = await session.scalar(_latest(USE))
    return found.version if found is not None else None


async def shadow(session: AsyncSession) -> str | None:
    """The version that reads along without being heard."""
    found = await session.scalar(_latest(SHADOW))
    if found is None or found.act == "unshadowed" or found.version == await live(session):
        return None
    return found.version


async def in_service(session: AsyncSession) -> InService | None:
    """What every process is to hold; None before the first start."""
    in_use = await live(session)
    if in_use is None:
        return None
    rows = (await session.execute(select(ModelRow.version, ModelRow.digest, ModelRow.status))).all()
    taken_out = set(await session.scalars(_done(("emergency",)).with_only_columns(PromotionRow.before))) - {in_use}
    return InService(
        live=in_use,
        shadow=await shadow(session),
        digests={row.version: row.digest for row in rows if row.status in LOADABLE and row.version not in taken_out},
        gone=frozenset(row.version for row in rows if row.status == "gone"),
    )


async def history(session: AsyncSession) -> list[PromotionRow]:
    """What was done to the model in use, newest first."""
    return list(await session.scalars(select(PromotionRow).order_by(PromotionRow.id.desc())))


async def promote(session: AsyncSession, version: str, by: int | None, now: datetime, *, alone: bool = True) -> None:
    """Put a candidate into service, or where that takes two persons, propose it. Raises RefusedError."""
    await _wait_for_others(session)
    await _check(session, version)
    if alone:
        await put_in_use(session, version, by, now)
        return
    waiting = select(PromotionRow.id).where(PromotionRow.status == "proposed", PromotionRow.version == version)
    if await session.scalar(waiting.limit(1)) is not None:
        raise RefusedError("proposed_already")
    await _add(session, "promoted", version, by, now, status="proposed")


async def second(session: AsyncSession, promotion_id: int, by: int, now: datetime) -> None:
    """Carry out what another person proposed. Raises RefusedError."""
    await _wait_for_others(session)
    proposal = await _proposed(session, promotion_id)
    if proposal.by == by:
        raise RefusedError("same_person")
    await _check(session, proposal.version)
    version, proposer = proposal.version, proposal.by
    await session.delete(proposal)
    await put_in_use(session, version, proposer, now, seconded_by=by)


async def refuse(session: AsyncSession, promotion_id: int, by: int) -> None:
    """Decline a proposal, or take it back. Raises RefusedError."""
    found = await _proposed(session, promotion_id)
    found.status, found.seconded_by = "refused", by


async def put_in_use(
    session: AsyncSession, version: str, by: int | None, now: datetime, *, seconded_by: int | None = None
) -> None:
    """Put a version into service, whatever the gate says of it: at the first start there is none to compare it with."""
    await _wait_for_others(session)
    await _add(session, "promoted", version, by, now, seconded_by=seconded_by)
    await _mark_live(session, version)


async def begin_with(session: AsyncSession, trained: Trained, now: datetime, *, instead_of: str | None) -> None:
    """Register a model that the program trained at its start, and put it in use unless another process was first."""
    await _wait_for_others(session)
    await register(session, trained, now)
    if await live(session) == instead_of:
        await put_in_use(session, trained.version, None, now)


async def previous(session: AsyncSession) -> str | None:
    """The version that a roll-back puts into use again: the one before that this program still can load."""
    acts = list(await session.scalars(_done(USE).order_by(PromotionRow.id.desc())))
    if not acts:
        return None
    rows = {row.version: row for row in await every(session)}
    here = rows[acts[0].version]
    left = {here.version}
    for act in acts:
        if act.act != "promoted" and act.before is not None:
            left.add(act.before)
        for row in (rows[version] for version in (act.version, act.before) if version is not None):
            if row.version not in left and row.status in LOADABLE and _recipe(row) == _recipe(here):
                return row.version
    return None


async def roll_back(session: AsyncSession, by: int | None, now: datetime, *, emergency: bool) -> str:
    """Put the version before into use again, and give it; in an emergency, in running conversations too.

    An emergency right after a roll-back goes no further back: it reaches the conversations that the roll-back left
    alone. Raises RefusedError.
    """
    await _wait_for_others(session)
    last = await session.scalar(_latest(USE))
    if emergency and last is not None and last.act == "rolled_back":
        before, after = last.before, last.version
    else:
        before, found = await live(session), await previous(session)
        if found is None:
            raise RefusedError("nothing_before")
        after = found
    await _add(session, "emergency" if emergency else "rolled_back", after, by, now, before=before)
    await _mark_live(session, after)
    if emergency:
        pinned = update(ConversationRow).where(ConversationRow.model.is_not(None), ConversationRow.model != after)
        await session.execute(pinned.values(model=None))
    return after


async def set_shadow(session: AsyncSession, version: str | None, by: int | None, now: datetime) -> None:
    """Have a version read along, or no version any more. Raises RefusedError."""
    await _wait_for_others(session)
    reading = await shadow(session)
    if version is not None:
        found = await find(session, version)
        if found is None or found.status == "gone":
            raise RefusedError("model_gone")
        if version == await live(session):
            raise RefusedError("model_live")
        await _add(session, "shadowed", version, by, now)
    elif reading is not None:
        await _add(session, "unshadowed", reading, by, now)


async def note(session: AsyncSession, version: str, words: str) -> None:
    await session.execute(update(ModelRow).where(ModelRow.version == version).values(notes=words))


async def delete_files(session: AsyncSession, version: str) -> None:
    """Have the files of a model deleted; what is known of it stays. Raises RefusedError for one that reads messages."""
    await _wait_for_others(session)
    found = await find(session, version)
    if found is None:
        raise RefusedError("model_gone")
    if version in {await live(session), await shadow(session)}:
        raise RefusedError("model_live")
    found.status = "gone"


async def learnt_from(session: AsyncSession, samples: Collection[int]) -> list[ModelRow]:
    """The models that learnt from any of these labelled messages, newest first."""
    learnt = select(ModelSampleRow.version).where(ModelSampleRow.sample_id.in_(samples))
    found = select(ModelRow).where(ModelRow.version.in_(learnt))
    return list(await session.scalars(found.order_by(ModelRow.created_at.desc(), ModelRow.version.desc())))


def is_passed(verdict: Mapping[str, Any]) -> bool:
    """Whether the gate lets a model through, by `nlu.comparison.Verdict` as JSON."""
    return all(check["passed"] for check in verdict["checks"])


async def _check(session: AsyncSession, version: str) -> None:
    """Raises RefusedError where a version may not be put into service."""
    found, in_use = await find(session, version), await live(session)
    if found is None or found.status == "gone":
        raise RefusedError("model_gone")
    if version == in_use:
        raise RefusedError("model_live")
    if found.verdict is None:
        raise RefusedError("not_compared")
    if not is_passed(found.verdict):
        raise RefusedError("model_refused")
    if found.comparison is not None and found.comparison["live"] != in_use:
        raise RefusedError("compared_with_another")


async def _proposed(session: AsyncSession, promotion_id: int) -> PromotionRow:
    found = await session.get(PromotionRow, promotion_id, with_for_update=True)
    if found is None or found.status != "proposed":
        raise RefusedError("proposal_over")
    return found


async def _add(
    session: AsyncSession, act: Exchange, version: str, by: int | None, now: datetime, *,
    status: str = "done", seconded_by: int | None = None, before: str | None = None,
) -> None:  # fmt: skip
    last = await session.scalar(select(PromotionRow.id).order_by(PromotionRow.id.desc()).limit(1))
    row = PromotionRow(
        id=IDS.new(now, last or 0), at=now, act=act, version=version, before=before or await live(session), by=by,
        seconded_by=seconded_by, status=status,
    )  # fmt: skip
    session.add(row)
    await session.flush()


async def _mark_live(session: AsyncSession, version: str) -> None:
    await session.execute(update(ModelRow).where(ModelRow.status == "live").values(status="retired"))
    await session.execute(update(ModelRow).where(ModelRow.version == version).values(status="live"))


async def _wait_for_others(session: AsyncSession) -> None:
    """One exchange at a time; on SQLite whoever writes is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(ALONE)


def _recipe(row: ModelRow) -> object:
    """What code made it: the program loads models of its own code only."""
    return row.about.get("recipe_digest")


def _done(acts: tuple[Exchange, ...]) -> Select[PromotionRow]:
    return select(PromotionRow).where(PromotionRow.status == "done", PromotionRow.act.in_(acts))


def _latest(acts: tuple[Exchange, ...]) -> Select[PromotionRow]:
    return _done(acts).order_by(PromotionRow.id.desc()).limit(1)


def _json(document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return dict(document) if document is not None else None
