"""Turns: what is known when one begins, and everything it changes, written in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from storage import attachments, cases, handling, takeovers, teams
from storage.consents import refuses
from storage.conversations import CONVERSATION, RECORD, Record, read_state
from storage.crypto import KeyRing
from storage.desk_tables import CaseChangeRow, CaseRow
from storage.ids import IDS, id_at
from storage.inbox import INBOX, INSERT, WAITING, receive
from storage.outbox import AWAY, CLOSED, OUTBOX
from storage.tables import ConversationRow, ScriptRow, TurnRow
from storage.withdrawing import withdraw, withdraw_conversation
from stories.effects import AmendCase, HandBack, TakeOver
from stories.script import Script
from stories.types import Conversation, Message, Turn

CONVERSATIONS: Any = ConversationRow.__table__
TURNS: Any = TurnRow.__table__
CASES: Any = CaseRow.__table__
CHANGES: Any = CaseChangeRow.__table__
MOVED = {
    "address", "state", "language", "listening", "wake_at", "turns", "resume_hash",
    "wants_human", "unreachable_at", "open_until", "takes_up", "updated_at",
}  # fmt: skip
MOVE = update(CONVERSATIONS).where(CONVERSATIONS.c.id == bindparam("of")).values({c: bindparam(c) for c in MOVED})
TAKEN = (
    update(INBOX)
    .where(INBOX.c.id == bindparam("of"))
    .values(status="done", lease=None, error=None, turn_id=bindparam("taken_by"))
)
LEFT = select(
    CONVERSATIONS.c.lane, CONVERSATIONS.c.id, CONVERSATIONS.c.state, CONVERSATIONS.c.turns, CONVERSATIONS.c.wake_at,
    CONVERSATIONS.c.resume_hash, CONVERSATIONS.c.wants_human, CONVERSATIONS.c.unreachable_at,
    CONVERSATIONS.c.open_until, CONVERSATIONS.c.takes_up, CONVERSATIONS.c.model,
    select(func.max(OUTBOX.c.id)).where(OUTBOX.c.lane == CONVERSATIONS.c.lane).scalar_subquery().label("latest"),
).where(CONVERSATIONS.c.lane.in_(bindparam("lanes", expanding=True)))  # fmt: skip
AS_BEFORE = (
    select(CONVERSATIONS.c.id, CONVERSATIONS.c.turns)
    .where(CONVERSATIONS.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(CONVERSATIONS.c.id)
    .with_for_update()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A conversation between two turns."""

    id: int
    lane: str
    turns: int = 0
    """How many were taken; 0: it has no row yet."""
    known: Conversation = field(default_factory=Conversation)
    listening: bool = True
    wake_at: datetime | None = None
    resume_hash: bytes | None = None
    wants_human: bool = False
    unreachable_at: datetime | None = None
    open_until: datetime | None = None
    takes_up: str | None = None
    model: str | None = None
    """The version of the classifier that it began with; only an emergency takes it away."""
    latest: int = 0
    """Id of the last line said here: what is said next gets a greater one, whatever the clocks of two machines say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One turn with all that it changes, its rows sealed and ready to be written."""

    id: int
    before: Held
    after: Held
    inbox: tuple[int, ...]
    channel: str
    chat: str
    turn: Mapping[str, Any]
    """Its row."""
    at: datetime
    outbox: tuple[Mapping[str, Any], ...] = ()
    files: tuple[Mapping[str, Any], ...] = ()
    """The rows of files that are to be fetched."""
    filed: tuple[Mapping[str, Any], ...] = ()
    amended: tuple[AmendCase, ...] = ()
    heard: tuple[Message, ...] = ()
    """Words that the person confirmed, which come in as messages of their own."""
    erasure_asked: tuple[str, ...] = ()
    erases: bool = False
    """The contents of the draft, this turn's own included, go at once."""
    silences: bool = False
    """The channel no longer lets us write here: what waits to be said is dropped."""
    hands: TakeOver | HandBack | None = None
    """Who speaks here from now on, where that changes."""
    wrote: bool = False
    """Its person said something; not the clock, a register or the network."""


async def left(session: AsyncSession, lanes: Sequence[str]) -> dict[str, Any]:
    """The rows of the conversations of these lanes, sealed; a lane nobody spoke in has none."""
    found = await (await session.connection()).execute(LEFT, {"lanes": lanes})
    return {row.lane: row for row in found}


def held(ring: KeyRing, lane: str, row: Any, now: datetime, model: str | None) -> Held:  # noqa: ANN401  # A row of `left`.
    """A conversation as its row has it; without one a fresh one, which begins with this model. Raises SealError."""
    if row is None:
        return Held(id=IDS.new(now), lane=lane, model=model)
    return Held(
        id=row.id,
        lane=lane,
        turns=row.turns,
        known=read_state(ring, row.id, row.state),
        wake_at=row.wake_at,
        resume_hash=row.resume_hash,
        wants_human=row.wants_human,
        unreachable_at=row.unreachable_at,
        open_until=row.open_until,
        takes_up=row.takes_up,
        model=row.model,
        latest=row.latest or 0,
    )


def row(
    ring: KeyRing, turn_id: int, before: Held, turn: Turn, *, script: Script, messages: tuple[int, ...],
    outcome: str, asked: tuple[str, str, Sequence[str]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The row that keeps a turn; `asked` as in a `Record`."""
    before_it = (asked[0], asked[1], tuple(asked[2])) if asked else None
    record = Record(messages=messages, turn=replace(turn, messages=()), asked=before_it)
    return {
        "id": turn_id,
        "conversation_id": before.id,
        "n": before.turns + 1,
        "at": turn.at,
        "script_hash": script.digest,
        "by": turn.understanding.by,
        "outcome": outcome,
        "record": ring.seal("turns", "record", turn_id, RECORD.dump_json(record)),
    }


async def readers(session: AsyncSession, since: datetime) -> dict[str, int]:
    """How many turns each reader of messages, by name and version, understood since then; in all processes."""
    counted = select(TurnRow.by, func.count()).where(TurnRow.id >= id_at(since), TurnRow.by != "")
    by_reader = counted.group_by(TurnRow.by).order_by(TurnRow.by)
    return {row.by: row[1] for row in await session.execute(by_reader)}


async def unmoved(session: AsyncSession, taken: Iterable[Taken]) -> set[str]:
    """The lanes whose conversation nobody moved meanwhile, held until the transaction ends."""
    firsts: dict[str, Held] = {}
    for one in taken:
        firsts.setdefault(one.before.lane, one.before)
    ids = [before.id for before in firsts.values() if before.turns]
    counted = await (await session.connection()).execute(AS_BEFORE, {"ids": ids})
    turns = {row.id: row.turns for row in counted}
    return {lane for lane, before in firsts.items() if turns.get(before.id, 0) == before.turns}


async def keep(session: AsyncSession, ring: KeyRing, taken: Sequence[Taken]) -> None:
    """Write turns of which the lease and the conversation are ours."""
    connection = await session.connection()
    last = {one.before.lane: one for one in taken}
    new = {one.before.lane for one in taken if not one.before.turns}
    columns = {lane: _columns(ring, one) for lane, one in last.items()}
    await _write(connection, insert(CONVERSATIONS), [columns[lane] for lane in new])
    await _write(connection, MOVE, [_move(row) for lane, row in columns.items() if lane not in new])
    await _write(connection, insert(TURNS), [one.turn for one in taken])
    await _write(connection, insert(OUTBOX), [row for one in taken for row in one.outbox])
    await attachments.expect(session, [row for one in taken for row in one.files])
    await _write(connection, TAKEN, [{"of": of, "taken_by": one.id} for one in taken for of in one.inbox])
    filed = [row for one in taken for row in one.filed]
    await _write(connection, insert(CASES), filed)
    await teams.route(session, filed)
    for one in taken:
        for change in one.amended:
            await handling.amend(session, ring, change, at=one.at, turn_id=one.id)
        if one.before.known.filed and one.wrote:
            await handling.firm_wrote(session, ring, one.before.id, one.at)
        if one.erasure_asked:
            await cases.ask_erasure(session, one.erasure_asked, one.at)
        if one.heard:
            await receive(session, ring, one.heard, now=one.at)
        if one.silences:
            await _write_off(connection, one.before.lane)
        if one.hands is not None:
            own = [row["id"] for row in one.outbox]
            await takeovers.change_hands(connection, one.before.lane, one.hands, own=own, now=one.at)
        await _forget(connection, one)
    opened = {one.before.lane: one.at for one in taken if _opens(one)}
    if opened:
        await _reopen(connection, list(opened), max(opened.values()))


def _opens(one: Taken) -> bool:
    """Whether the person can be answered again, or for longer."""
    reached = one.before.unreachable_at is not None and one.after.unreachable_at is None
    return reached or one.after.open_until != one.before.open_until


async def archive(session: AsyncSession, script: Script, now: datetime) -> None:
    """Keep the files of a script, once."""
    new = INSERT[session.get_bind().dialect.name](ScriptRow.__table__).on_conflict_do_nothing()
    await session.execute(new, {"hash": script.digest, "sources": dict(script.sources), "archived_at": now})


async def _write(connection: AsyncConnection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: ANN401  # An insert or an update.
    if rows:
        await connection.execute(statement, rows)


def _columns(ring: KeyRing, one: Taken) -> dict[str, Any]:
    after = one.after
    return {
        "id": after.id,
        "lane": after.lane,
        "channel": one.channel,
        "address": ring.seal("conversations", "address", after.id, one.chat.encode()),
        "state": ring.seal("conversations", "state", after.id, CONVERSATION.dump_json(after.known)),
        "language": after.known.language,
        "listening": after.listening,
        "wake_at": after.wake_at,
        "turns": after.turns,
        "resume_hash": after.resume_hash,
        "wants_human": after.wants_human,
        "unreachable_at": after.unreachable_at,
        "open_until": after.open_until,
        "takes_up": after.takes_up,
        "model": after.model,
        "created_at": one.at,
        "updated_at": one.at,
    }


def _move(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"of": row["id"], **{column: row[column] for column in MOVED}}


async def _write_off(connection: AsyncConnection, lane: str) -> None:
    """Drop what waits to be said in a lane."""
    waiting = (OUTBOX.c.lane == lane, OUTBOX.c.status == WAITING, OUTBOX.c.kind == "say")
    await connection.execute(update(OUTBOX).where(*waiting).values(status="dropped", lease=None))


async def _reopen(connection: AsyncConnection, lanes: Sequence[str], now: datetime) -> None:
    """What waited for its person to write may be said now."""
    waiting = (OUTBOX.c.lane.in_(lanes), OUTBOX.c.status == WAITING, OUTBOX.c.error.in_((AWAY, CLOSED)))
    await connection.execute(update(OUTBOX).where(*waiting, OUTBOX.c.lease.is_(None)).values(due_at=now, error=None))
    announced = (CONVERSATIONS.c.lane.in_(lanes), CONVERSATIONS.c.announced_at.is_not(None))
    await connection.execute(update(CONVERSATIONS).where(*announced).values(announced_at=None))


async def _forget(connection: AsyncConnection, one: Taken) -> None:
    """Carry out what a person asks about their words."""
    if one.erases:
        await _empty(connection, one)
    if refuses(one.after.known.answers) and not refuses(one.before.known.answers):
        await withdraw_conversation(connection, one.before.id)


async def _empty(connection: AsyncConnection, one: Taken) -> None:
    """Erase what was said, sent and answered up to this turn; its own answer stays, to be read.

    What belongs to a case that was filed or amended here stays: only what came since is the draft's. The bytes of
    files go afterwards, as an outbox row of this turn says.
    """
    lane, own = one.before.lane, [row["id"] for row in one.outbox]
    kept = await _last_filed(connection, one.before.id)
    said = (INBOX.c.lane == lane, INBOX.c.turn_id > kept)
    answered = (OUTBOX.c.lane == lane, OUTBOX.c.id.not_in(own), OUTBOX.c.turn_id > kept)
    drafted = select(INBOX.c.key).where(*said)
    await connection.execute(update(INBOX).where(*said).values(payload=b""))
    await connection.execute(update(OUTBOX).where(*answered, OUTBOX.c.status == WAITING).values(status="dropped"))
    await connection.execute(update(OUTBOX).where(*answered).values(payload=b"", secret=None, lease=None))
    taken = (TURNS.c.conversation_id == one.before.id, TURNS.c.id > kept)
    await attachments.erase(connection, lane, drafted)
    await connection.execute(update(TURNS).where(*taken).values(record=b""))
    await withdraw(connection, *taken)


async def _last_filed(connection: AsyncConnection, conversation_id: int) -> int:
    """The last turn of a conversation that filed or amended a case; 0 where none did."""
    filed = select(func.max(CASES.c.filed_by)).where(CASES.c.conversation_id == conversation_id)
    amended = (
        select(func.max(CHANGES.c.turn_id))
        .join(TURNS, TURNS.c.id == CHANGES.c.turn_id)
        .where(TURNS.c.conversation_id == conversation_id)
    )
    return max(await connection.scalar(filed) or 0, await connection.scalar(amended) or 0)
