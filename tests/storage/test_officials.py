"""Officials log in with a password that nobody can guess, and only as long as they are at their desk."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from storage import access, officials, passwords
from storage.database import Database
from storage.desk_tables import OfficialRow, OfficialSessionRow
from storage.officials import OfficialError, PasswordError

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CHOSEN = "quatre bateaux verts dorment"


async def account(database: Database, login: str = "c.fictive") -> str:
    return await officials.create(database, login=login, name="Claire Fictive", role="administrator", now=NOW)


async def signed_in(database: Database, password: str, now: datetime = NOW) -> str:
    token = await officials.log_in(database, login="c.fictive", password=password, now=now)
    assert token is not None
    return token


async def wrong(database: Database, times: int, now: datetime = NOW) -> None:
    for _ in range(times):
        assert await officials.log_in(database, login="c.fictive", password="pas celui-là", now=now) is None


async def test_the_one_time_password_opens_a_session_that_asks_for_another(database: Database) -> None:
    token = await signed_in(database, await account(database))
    found = await officials.session(database, token, now=NOW)
    assert found is not None
    assert (found.official.login, found.official.role, found.official.must_change) == (
        "c.fictive",
        "administrator",
        True,
    )


async def test_a_login_is_the_same_in_capitals(database: Database) -> None:
    password = await account(database)
    assert await officials.log_in(database, login=" C.Fictive ", password=password, now=NOW) is not None


async def test_neither_password_nor_token_is_in_the_database(database: Database) -> None:
    password = await account(database)
    token = await signed_in(database, password)
    async with database.read() as reading:
        row = (await reading.scalars(select(OfficialRow))).one()
        session = (await reading.scalars(select(OfficialSessionRow))).one()
    assert row.password_hash.startswith("$argon2id$")
    assert password not in row.password_hash
    assert token.encode() not in session.token_hash


async def test_an_unknown_login_and_a_wrong_password_take_the_same_time(database: Database) -> None:
    await account(database)
    loop = asyncio.get_running_loop()
    taken = []
    for login in ("c.fictive", "n.existe.pas"):
        began = loop.time()
        assert await officials.log_in(database, login=login, password="pas celui-là", now=NOW) is None
        taken.append(loop.time() - began)
    assert min(taken) >= officials.REFUSAL_SECONDS - 0.01


async def test_repeated_failures_lock_the_account_for_longer_and_longer(database: Database) -> None:
    password = await account(database)
    await wrong(database, officials.FREE_ATTEMPTS + 1)
    assert await officials.log_in(database, login="c.fictive", password=password, now=NOW) is None
    later = NOW + officials.FIRST_LOCK
    await wrong(database, 1, later)
    still = later + officials.FIRST_LOCK
    assert await officials.log_in(database, login="c.fictive", password=password, now=still) is None
    await signed_in(database, password, later + 2 * officials.FIRST_LOCK)


async def test_guesses_at_the_same_moment_are_no_way_round_the_lock(database: Database) -> None:
    password = await account(database)
    guesses = [*(f"essai numéro {n}" for n in range(12)), password]
    tries = (officials.log_in(database, login="c.fictive", password=guess, now=NOW) for guess in guesses)
    await asyncio.gather(*tries)
    async with database.read() as reading:
        row = (await reading.scalars(select(OfficialRow))).one()
    assert row.failed <= officials.FREE_ATTEMPTS + 1


async def test_a_success_forgives_the_failures_before_it(database: Database) -> None:
    password = await account(database)
    for _ in range(3):
        await wrong(database, 3)
        await signed_in(database, password)


async def test_a_session_ends_when_unused_or_too_old(database: Database) -> None:
    token = await signed_in(database, await account(database))
    used = NOW
    while used < NOW + officials.LONGEST - timedelta(minutes=50):
        used += timedelta(minutes=50)
        assert await officials.session(database, token, now=used) is not None
    assert await officials.session(database, token, now=NOW + officials.LONGEST) is None
    assert await officials.session(database, token, now=used + officials.IDLE) is None


async def test_who_logged_out_is_nobody(database: Database) -> None:
    token = await signed_in(database, await account(database))
    await officials.log_out(database, token, now=NOW)
    assert await officials.session(database, token, now=NOW) is None
    assert await officials.session(database, "inventé", now=NOW) is None


async def test_a_new_password_ends_the_other_sessions(database: Database) -> None:
    password = await account(database)
    here, elsewhere = await signed_in(database, password), await signed_in(database, password)
    reader = await officials.session(database, here, now=NOW)
    assert reader is not None
    token = await officials.change_password(database, reader.official, current=password, new=CHOSEN, now=NOW)
    assert await officials.session(database, elsewhere, now=NOW) is None
    assert await officials.session(database, here, now=NOW) is None
    renewed = await officials.session(database, token, now=NOW)
    assert renewed is not None
    assert not renewed.official.must_change
    assert await officials.log_in(database, login="c.fictive", password=password, now=NOW) is None
    await signed_in(database, CHOSEN)


async def test_the_password_is_not_changed_without_the_one_before(database: Database) -> None:
    token = await signed_in(database, await account(database))
    reader = await officials.session(database, token, now=NOW)
    assert reader is not None
    with pytest.raises(PasswordError) as refused:
        await officials.change_password(database, reader.official, current="autre chose", new=CHOSEN, now=NOW)
    assert refused.value.because == "wrong"


@pytest.mark.parametrize(
    ("new", "because"),
    [
        ("trop court", "short"),
        ("x" * 300, "long"),
        ("je suis c.fictive moi", "login"),
        ("un ancien mot secret", "same"),
        ("ababababababab", "weak"),
        ("motdepasse2026!", "weak"),
        ("bonjouraaaa le monde", "weak"),
        (CHOSEN, None),
    ],
)
def test_a_password_easily_guessed_is_refused(new: str, because: str | None) -> None:
    assert passwords.objection("c.fictive", current="un ancien mot secret", new=new) == because


async def test_a_reset_account_is_unlocked_and_logged_out(database: Database) -> None:
    token = await signed_in(database, await account(database))
    await wrong(database, officials.FREE_ATTEMPTS + 1)
    password = await officials.reset(database, "C.Fictive")
    assert await officials.session(database, token, now=NOW) is None
    found = await officials.session(database, await signed_in(database, password), now=NOW)
    assert found is not None
    assert found.official.must_change


async def test_an_account_is_made_once_and_known_before_it_is_reset(database: Database) -> None:
    assert not await officials.any_exist(database)
    await account(database)
    assert await officials.any_exist(database)
    with pytest.raises(OfficialError, match="reset"):
        await account(database, "C.FICTIVE")
    with pytest.raises(OfficialError, match="letters"):
        await account(database, "<b>")
    with pytest.raises(OfficialError, match="no account"):
        await officials.reset(database, "inconnu")


def test_only_who_handles_cases_may_read_them() -> None:
    assert {role for role in access.ROLES if access.may(role, "read_cases")} == {
        "agent",
        "supervisor",
        "mediator",
    }
