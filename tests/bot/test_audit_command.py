"""`portevoix audit verify` says what is wrong with the log and where; `purge` keeps what the operator wants kept."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from bot import audit as keeping
from bot.assembly import opened
from bot.commands import audit as command
from bot.commands import officials
from bot.given import now
from bot.settings import Settings, read
from bot.values import CommandError, SettingError
from storage import audit
from storage.audit import Entry, Head
from storage.audit_tables import AuditRow

ASKED = Namespace()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A new installation, with four entries of today and one of two years ago, sealed by its worker."""
    fresh = read({"PORTEVOIX_HOME": str(tmp_path)})
    asyncio.run(_fill(fresh))
    return fresh


async def _fill(settings: Settings) -> None:
    async with opened(settings) as (database, ring), database.begin() as session:
        for days in (730, 0, 0, 0, 0):
            entry = Entry(official_id=None, act="log_out", at=now() - timedelta(days=days, seconds=5))
            await audit.record(session, ring, entry)
        head = await audit.seal(session, ring, now())
        assert head is not None
        keeping.keep_head(settings.audit_head, head)


async def _tamper(settings: Settings) -> None:
    async with opened(settings) as (database, _), database.begin() as session:
        await session.execute(update(AuditRow).where(AuditRow.n == 2).values(act="log_in"))
        await session.execute(delete(AuditRow).where(AuditRow.n.in_([3, 5])))


def test_a_whole_log_verifies_and_a_tampered_one_says_where(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.verify(settings, ASKED) == 0
    assert "whole: entries 1 to 5" in capsys.readouterr().out
    asyncio.run(_tamper(settings))
    assert command.verify(settings, ASKED) == 1
    said = capsys.readouterr().out
    assert "entry 2: changed" in said
    assert "entry 3: missing" in said
    assert "entry 5: missing at the end" in said


def test_a_purge_keeps_twelve_months_and_the_log_verifies(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    command.purge(settings, ASKED)
    assert "taken away: 1." in capsys.readouterr().out
    assert command.verify(settings, ASKED) == 0
    assert "entries 2 to 5" in capsys.readouterr().out


def test_accounts_made_on_the_command_line_are_recorded(settings: Settings) -> None:
    officials.add(settings, Namespace(login="c.fictive", name="Claire", role="agent", team=None))
    with pytest.raises(CommandError):
        officials.add(settings, Namespace(login="c.fictive", name="Claire", role="agent", team=None))
    officials.reset(settings, Namespace(login="c.fictive"))

    async def acts() -> list[str]:
        async with opened(settings) as (database, _), database.read() as session:
            held = await session.scalars(select(AuditRow).order_by(AuditRow.id.desc()).limit(2))
            return [row.act for row in held]

    assert asyncio.run(acts()) == ["command.officials.reset", "command.officials.add"]


def test_a_month_back_is_the_same_day_or_the_last_of_a_shorter_month() -> None:
    assert keeping.before(datetime(2026, 3, 31, tzinfo=UTC), 1) == datetime(2026, 2, 28, tzinfo=UTC)
    assert keeping.before(datetime(2026, 1, 5, tzinfo=UTC), 12) == datetime(2025, 1, 5, tzinfo=UTC)


def test_a_head_is_read_as_it_was_kept(tmp_path: Path) -> None:
    head = Head(n=12, chain=bytes(range(32)))
    assert keeping.read_head(tmp_path / "audit.head") is None
    keeping.keep_head(tmp_path / "audit.head", head)
    assert keeping.read_head(tmp_path / "audit.head") == head


@pytest.mark.parametrize("months", ["0", "37", "douze"])
def test_entries_are_kept_for_three_years_at_most(months: str) -> None:
    with pytest.raises(SettingError, match="AUDIT_MONTHS"):
        read({"AUDIT_MONTHS": months})
