"""The models' page: which one answers, what there is to learn from, one button, and how a training gets on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import forms, labels
from console.auth import for_officials, reader
from console.once import once
from console.pages import desk, done, page, row_id, words
from console.wording import Words
from storage import colleagues, jobs, lineage, models
from storage.handling import RefusedError
from storage.models import Kind
from storage.training_tables import JobRow, ModelRow, PromotionRow

NEEDED = 40
"""Labelled messages that a training should have more than the one before: of fewer little can be concluded."""
LISTED = 20
"""Versions, exchanges and trainings that are shown."""
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A model in the list."""

    version: str
    name: str
    status: str
    kind: str
    author: str
    erased: int
    """Messages it learnt from whose words were erased since."""
    advice: str
    notes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """One thing done to the model in use."""

    id: int
    when: str
    at: str
    what: str
    version: str
    who: str
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A training, while it goes on and after."""

    id: int
    when: str
    who: str
    status: str
    stage: str
    percent: int
    elapsed: str
    left: str
    log: tuple[tuple[str, str], ...]
    why: str
    version: str
    running: bool
    stopping: bool
    failed: bool


@for_officials("train_models")
async def show(request: Request) -> Response:
    return await models_page(request)


async def models_page(request: Request, *, notice: str = "", status: int = 200) -> Response:
    house, said, now = desk(request), words(request), desk(request).clock()
    async with house.database.read() as session:
        rows, live, shadow = await models.every(session), await models.live(session), await models.shadow(session)
        history, asked = await models.history(session), await jobs.every(session)
        fresh, erased = await lineage.fresh(session, live), await lineage.erased(session)
        by, before = await colleagues.by_id(session), await models.previous(session)
    trainings = [training(said, by, one, now) for one in asked[:LISTED]]
    still = bool(request.query_params.get("still"))
    names = {row.version: name(said, row) for row in rows}
    put = next((one for one in history if one.version == live and one.status == "done"), None)
    return page(
        request, "models/list.html", status=status, notice=notice,
        done=done(request, "model_done"), live=live, shadow=shadow, names=names,
        since=labels.stamp(said, put.at) if put else "", put_by=_who(said, by, put.by) if put else "",
        fresh=fresh, needed=NEEDED, under_way=[one for one in reversed(trainings) if one.running], trainings=trainings,
        rows=[_version(said, by, row, erased) for row in rows[:LISTED]], still=still, rasa=house.rasa,
        history=[_exchanged(said, by, one) for one in history[:LISTED]], longest=LONGEST_NOTE,
        may_return=before is not None or (put is not None and put.act == "rolled_back"),
    )  # fmt: skip


@for_officials("train_models")
async def train(request: Request) -> Response:
    """Ask for a training; it begins as soon as a process is free for it."""
    fields, house = await forms.read(request), desk(request)
    kind: Kind = "rasa" if house.rasa and fields.get("kind") == "rasa" else "embedded"
    notes = " ".join(fields.get("notes", "").split())[:LONGEST_NOTE]

    async def act(session: AsyncSession) -> str:
        await jobs.ask(session, kind, reader(request).id, notes, house.clock())
        return "/models"

    return await once(request, fields, act)


@for_officials("train_models")
async def cancel(request: Request) -> Response:
    fields, house, job_id = await forms.read(request), desk(request), row_id(request.path_params["id"])

    async def act(session: AsyncSession) -> str:
        await jobs.cancel(session, job_id or 0, house.clock())
        return "/models"

    return await once(request, fields, act)


def name(said: Words, row: ModelRow) -> str:
    """What a version is called on pages: when it was trained."""
    return said("model.of", when=labels.stamp(said, row.created_at))


def refused(said: Words, error: RefusedError) -> str:
    """Why something cannot be done to a model, in words."""
    key = f"model_refused.{error.because}"
    return said(key, **error.values) if said.knows(key) else said("model_refused.other")


def training(said: Words, by: Mapping[int, str], job: JobRow, now: datetime) -> Training:
    running = job.status in {"waiting", "running"}
    ended = job.finished_at or now
    elapsed = ended - job.started_at if job.started_at else timedelta()
    done = jobs.end(job, now) if running else None
    why = f"job.failed.{job.error}"
    return Training(
        id=job.id,
        when=labels.stamp(said, job.created_at),
        who=_who(said, by, job.asked_by),
        status=said.named("job", job.status),
        stage=said.named("stage", job.stage or "waiting"),
        percent=round(100 * job.share),
        elapsed=duration(said, elapsed),
        left=duration(said, done - now) if done is not None else "",
        log=tuple(_logged(said, line) for line in job.log),
        why="" if not job.error else said(why) if said.knows(why) else said("job.failed.other"),
        version=job.version or "",
        running=running,
        stopping=running and job.cancelled_at is not None,
        failed=job.status == "failed",
    )


def duration(said: Words, time: timedelta) -> str:
    minutes, seconds = divmod(max(int(time.total_seconds()), 0), 60)
    return (
        said("job.minutes", minutes=minutes, seconds=f"{seconds:02}") if minutes else said.count("job.seconds", seconds)
    )


def _logged(said: Words, line: str) -> tuple[str, str]:
    at, _, stage = line.partition("\t")
    return labels.clock(datetime.fromisoformat(at)), said.named("stage", stage)


def _version(said: Words, by: Mapping[int, str], row: ModelRow, erased: Mapping[str, int]) -> Version:
    advice = (row.comparison or {}).get("advice", "")
    return Version(
        version=row.version,
        name=name(said, row),
        status=row.status,
        kind=row.kind,
        author=_who(said, by, row.author_id),
        erased=erased.get(row.version, 0),
        advice=said(f"advice.{advice}.short") if advice and row.status == "candidate" else "",
        notes=row.notes,
    )


def _exchanged(said: Words, by: Mapping[int, str], one: PromotionRow) -> Exchanged:
    who = _who(said, by, one.by)
    both = one.seconded_by is not None and one.status == "done"
    return Exchanged(
        id=one.id,
        when=labels.stamp(said, one.at),
        at=one.at.isoformat(),
        what=said.named("exchange", one.act if one.status == "done" else one.status),
        version=one.version,
        who=said("exchange.by_two", one=who, other=_who(said, by, one.seconded_by)) if both else who,
        waits=one.status == "proposed",
    )


def _who(said: Words, by: Mapping[int, str], official_id: int | None) -> str:
    return by.get(official_id, "") if official_id is not None else said("model.program")


ROUTES = [
    Route("/models", show),
    Route("/models/train", train, methods=["POST"]),
    Route("/models/jobs/{id}/cancel", cancel, methods=["POST"]),
]
