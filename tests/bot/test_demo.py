"""The demonstration fills an empty database, and only that."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.assembly import opened
from bot.cli import main
from bot.demo import data, month
from bot.settings import read
from storage.desk_tables import CaseRow, CaseTagRow, OfficialRow
from storage.inbox import Ledger, ledger
from stories.script import default_folder, load

FEW = 4


@pytest.fixture
def home(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "models").symlink_to(trained / "models")
    monkeypatch.setenv("PORTEVOIX_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


async def kept(home: Path) -> tuple[int, int, set[str | None], set[str], Ledger]:
    """Cases, marks, where the cases lie, whose accounts there are, and whether all was answered."""
    async with opened(read({"PORTEVOIX_HOME": str(home)})) as (database, _), database.read() as session:
        cases = await session.scalar(select(func.count()).select_from(CaseRow)) or 0
        marked = select(func.count()).where(CaseTagRow.tag == "démonstration")
        teams = set(await session.scalars(select(CaseRow.team_id)))
        roles = set(await session.scalars(select(OfficialRow.role)))
        return cases, await session.scalar(marked) or 0, {str(team) for team in teams}, roles, await ledger(session)


def test_no_french_message_of_the_month_lacks_an_elision_or_the_end_of_a_sentence() -> None:
    told, goods = month.practices()["fr"], data.words()["fr"].goods
    platforms = [load(default_folder()).by_platform[name].name for name in data.shares().platforms]
    sold = [one.format(platform=name, goods=what) for one in told["openings"] for name in platforms for what in goods]
    unelided = re.compile(r"\b(?:de|que|le|la|je|ne|se|me) [aeiouyéèêàâh]", re.IGNORECASE)
    assert [text for text in (*sold, *told["endings"]) if unelided.search(text) or text[-1] not in ".?"] == []
    assert len({f"{opening} {ending}" for opening in told["openings"] for ending in told["endings"]}) == 80


def test_a_demonstration_is_told_to_the_assistant_and_marked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--cases", str(FEW)]) == 0
    printed = capsys.readouterr().out
    cases, marked, teams, roles, counted = asyncio.run(kept(home))
    assert cases == marked == FEW
    assert "None" not in teams
    assert roles == {"supervisor", "agent", "mediator", "analyst", "dpo_admin", "administrator"}
    assert "demo.responsable" in printed
    assert counted.balances
    assert counted.received > 3 * FEW

    assert main(["demo", "--cases", str(FEW)]) == 2
    assert "holds cases already" in capsys.readouterr().err
