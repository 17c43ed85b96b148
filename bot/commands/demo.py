"""`portevoix demo`: a database filled with invented firms that talk to the assistant, and officials for them."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot import labelling
from bot.app import App
from bot.assembly import assembled
from bot.channels.terminal import Clock
from bot.commands.serving import fast_loop
from bot.demo import data, month
from bot.demo.acting import officials_act
from bot.demo.agenda import Agenda
from bot.demo.data import Account
from bot.demo.firms import WEEKS, Draw, Firm
from bot.demo.office import Office
from bot.demo.talk import Talk
from bot.demo.telling import Telling
from bot.given import now
from bot.model import tell
from bot.settings import Settings
from bot.values import CommandError
from storage.desk_tables import CaseRow

SEED = 2026
MESSAGES = 500
"""Of the month."""
EARLIER = timedelta(weeks=WEEKS, days=2)
"""When the teams and accounts were made, so that the first case finds them."""


def demo(settings: Settings, asked: Namespace) -> None:
    """Fill the database; print who may log in."""
    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        if asked.month:
            new, passwords = runner.run(fill_month(settings))
            print(f"{MESSAGES} messages, all invented. {new} of the last week tell of a practice that is new.")
        else:
            filed, passwords = runner.run(fill(settings, asked.cases))
            print(f"{filed} cases, all invented: each has the tag “démonstration”, and names say “Exemple”.")
    print("Log in to the console with:")
    for account, password in passwords:
        print(f"  {account.login:18} {password}  {account.role}")


async def fill(settings: Settings, count: int) -> tuple[int, Sequence[tuple[Account, str]]]:
    """Tell so many stories; the number of cases, and the accounts with their passwords. Raises CommandError."""
    settings = replace(settings, burst=timedelta())  # Nobody goes on typing: each message is a turn.
    end = now()
    clock = Clock(end - EARLIER)
    async with assembled(settings, tell=tell, clock=clock) as app:
        await _must_be_empty(app)
        shares, words = data.shares(), data.words()
        agenda, office = Agenda(clock), Office(app, shares, SEED, ends=end)
        passwords = await office.open()
        filed = 0

        async def receive(firm: Firm, talk: Talk, reference: str) -> None:
            nonlocal filed
            filed += 1
            tell(f"{filed} of {count} cases")
            case = await office.receive(firm, talk, reference)
            agenda.add(clock(), officials_act(office, agenda, words[firm.language], case))

        for number, firm in enumerate(Draw(app.script, shares, words, SEED).firms(count, end)):
            talk = Talk(app, f"demonstration-{number}")
            platform = app.script.by_platform[firm.platform].name
            telling = Telling(firm, talk, words[firm.language], platform=platform, filed=receive)
            agenda.add(firm.begins, telling.life())
        await agenda.run(end)
    return filed, passwords


async def fill_month(settings: Settings) -> tuple[int, Sequence[tuple[Account, str]]]:
    """Tell a month of messages; how many tell of a new practice, and the accounts. Raises CommandError."""
    settings = replace(settings, burst=timedelta())
    end = now()
    clock = Clock(end - EARLIER)
    async with assembled(settings, tell=tell, clock=clock) as app:
        await _must_be_empty(app)
        passwords = await Office(app, data.shares(), SEED, ends=end).open()
        new = await month.tell(app, clock, MESSAGES, end)
        clock.turn_to(end)
        while await labelling.read(app):
            pass
        await labelling.draw(app)
    return new, passwords


async def _must_be_empty(app: App) -> None:
    """Invented cases are never put among real ones. Raises CommandError."""
    async with app.database.read() as session:
        if await session.scalar(select(CaseRow.id).limit(1)) is not None:
            raise CommandError("this database holds cases already: name a new folder in PORTEVOIX_HOME")
