"""One version of the classifier: what it is worth beside the model in use, why, and every figure behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console import comparing, labels, training
from console.auth import for_officials, reader
from console.comparing import share
from console.counts import thousands
from console.pages import desk, done, page, words
from console.wording import Words
from nlu.comparison import COMPARISON, VERDICT, Comparison, Replay
from storage import cases, colleagues, lineage, models
from storage.access import seen_by
from storage.cases import CaseLine
from storage.desk_tables import CaseRow
from storage.training_tables import ModelRow

MOST = 200
"""Cases that are shown for review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A model beside the one in use, in words."""

    sentence: str
    chance: str
    counts: tuple[str, str]
    advice: str
    against: str
    """The model that was in use then."""
    passed: bool | None
    """None: the gate was not asked."""
    reasons: list[comparing.Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case that this model would have classified otherwise."""

    reference: str
    filed: str
    platform: str
    problem: str
    status: str


@for_officials("train_models")
async def show(request: Request) -> Response:
    return await version_page(request)


async def version_page(request: Request, *, notice: str = "", status: int = 200) -> Response:
    house, said, row = desk(request), words(request), await found(request)
    async with house.database.read() as session:
        live, shadow = await models.live(session), await models.shadow(session)
        history, by = await models.history(session), await colleagues.by_id(session)
        learnt, looks = await lineage.learnt(session, row.version), await lineage.looks(session)
        names = {one.version: training.name(said, one) for one in await models.every(session)}
    made = COMPARISON.validate_python(row.comparison) if row.comparison else None
    proposal = next((one for one in history if one.status == "proposed" and one.version == row.version), None)
    return page(
        request, "models/one.html", status=status, notice=notice,
        done=done(request, "model_done"), row=row, name=training.name(said, row),
        author=_who(said, by, row.author_id), live=live, shadow=shadow, made=made,
        judged=_judged(said, row, made, names) if made else None, tables=comparing.lines(said, made) if made else {},
        matrices=comparing.matrices(said, made) if made else (), flips=comparing.flips(made) if made else {},
        languages=[comparing.spoken(said, one) for one in made.languages] if made else (),
        cost=_cost(said, made) if made else (), replay=_replay(said, made.replay) if made and made.replay else (),
        periods=comparing.periods(said, made) if made else (),
        proposal=proposal, proposed_by=_who(said, by, proposal.by) if proposal else "",
        own=proposal is not None and proposal.by == reader(request).id, learnt=learnt, looks=looks,
        reviewable=live == row.version and bool(lineage.otherwise(row.comparison)),
        hindrance=_hindrance(row, live), two=house.two_persons, longest=training.LONGEST_NOTE,
    )  # fmt: skip


@for_officials("train_models")
async def card(request: Request) -> Response:
    """What it learnt from, what it is worth, where its limits lie and where it comes from, on a page to print."""
    house, said, row = desk(request), words(request), await found(request)
    async with house.database.read() as session:
        learnt, looks = await lineage.learnt(session, row.version), await lineage.looks(session)
        by = await colleagues.by_id(session)
    made = COMPARISON.validate_python(row.comparison) if row.comparison else None
    return page(
        request, "models/card.html", row=row, name=training.name(said, row), author=_who(said, by, row.author_id),
        learnt=learnt, looks=looks, figures=_figures(said, row.about.get("metrics", {})), about=row.about,
        created=labels.stamp(said, row.created_at), judged=comparing.sentence(said, made) if made else "",
        problems=[comparing.meaning(said, one) for one in row.about.get("problems", ())],
        acts=len(row.about.get("acts", ())), examples=thousands(said, row.about.get("examples", 0)),
        at=labels.stamp(said, house.clock()),
    )  # fmt: skip


@for_officials("direct_cases")
async def review(request: Request) -> Response:
    """The cases that the model in use would have classified otherwise: nothing was changed in them, people may."""
    said, row, within = words(request), await found(request), seen_by(reader(request))
    ids = lineage.otherwise(row.comparison)
    async with desk(request).database.read() as session:
        lines = await cases.find(session, limit=MOST, within=within & CaseRow.id.in_(ids)) if ids else []
    rows = [_case(said, one) for one in lines]
    return page(request, "models/cases.html", name=training.name(said, row), rows=rows)


def _case(said: Words, found: CaseLine) -> Case:
    return Case(
        reference=found.reference,
        filed=labels.day(said, found.filed_at),
        platform=labels.value(said, "platform_id", found.platform_id),
        problem=labels.problem(said, found.primary_category),
        status=labels.status(said, found.status),
    )


async def found(request: Request) -> ModelRow:
    """The version in the address of the page."""
    async with desk(request).database.read() as session:
        row = await models.find(session, request.path_params["version"])
    if row is None:
        raise HTTPException(status_code=404)
    return row


def _judged(said: Words, row: ModelRow, made: Comparison, names: Mapping[str, str]) -> Judged:
    verdict = VERDICT.validate_python(row.verdict) if row.verdict else None
    return Judged(
        sentence=comparing.sentence(said, made),
        chance=comparing.chance(said, made),
        counts=(said.count("judged.better", made.better), said.count("judged.worse", made.worse)),
        advice=made.advice,
        against=names.get(made.live, made.live),
        passed=verdict.passed if verdict else None,
        reasons=comparing.reasons(said, row.version, verdict) if verdict else [],
    )


def _hindrance(row: ModelRow, live: str | None) -> str | None:
    """Why it cannot be put into service, as `storage.models` names it; None where nothing stands in the way."""
    if row.version == live:
        return "model_live"
    if row.status == "gone":
        return "model_gone"
    if row.verdict is None:
        return "not_compared"
    if not models.is_passed(row.verdict):
        return "model_refused"
    return "compared_with_another" if row.comparison is not None and row.comparison["live"] != live else None


def _replay(said: Words, replay: Replay) -> list[str]:
    questions = "replay.more" if replay.questions > 0 else "replay.fewer" if replay.questions < 0 else "replay.same"
    return [
        said.count("replay.conversations", replay.conversations),
        said.count("replay.changed", len(replay.changed)),
        said.count("replay.routed", len(replay.routed)),
        said(questions, count=abs(replay.questions)),
    ]


def _cost(said: Words, made: Comparison) -> list[tuple[str, str, str]]:
    """Time and size: what, before, after."""
    units = (("milliseconds", made.milliseconds), ("megabytes", made.megabytes))

    def told(name: str, value: float) -> str:
        return said(f"cost.in.{name}", value=labels.decimal(said, value))

    return [(said(f"cost.{name}"), told(name, pair[0]), told(name, pair[1])) for name, pair in units]


def _figures(said: Words, metrics: Mapping[str, Mapping[str, float]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """By language, what was measured in cross-validation."""
    return [
        (said(f"language.{language}"), [(said(f"metric.{name}"), share(said, value)) for name, value in of.items()
                                        if said.knows(f"metric.{name}")])
        for language, of in sorted(metrics.items(), reverse=True)
    ]  # fmt: skip


def _who(said: Words, by: Mapping[int, str], official_id: int | None) -> str:
    return by.get(official_id, "") if official_id is not None else said("model.program")


ROUTES = [
    Route("/models/{version}", show),
    Route("/models/{version}/card", card),
    Route("/models/{version}/cases", review),
]
