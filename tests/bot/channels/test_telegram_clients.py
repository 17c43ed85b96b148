"""One contract for both libraries that speak to Telegram, over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib import import_module

import pytest

from bot.channels.channel import Gone, Retry, TooLarge, Unreachable
from bot.channels.settings import TelegramSettings
from bot.channels.telegram import KINDS, Line
from bot.channels.telegram_client import Client, Introduction, Moved, Refused
from stories.types import Choice
from tests.fakes.telegram import TOKEN, FakeTelegram, serving

CLIENTS = {"aiogram": ("telegram_aiogram", "Aiogram"), "ptb": ("telegram_ptb", "Ptb")}
BONJOUR = Line(html="<b>Bonjour</b> &amp; merci", plain="Bonjour & merci")


@pytest.fixture
async def fake() -> AsyncIterator[FakeTelegram]:
    async with serving() as fake:
        yield fake


@pytest.fixture(params=CLIENTS)
async def client(request: pytest.FixtureRequest, fake: FakeTelegram) -> AsyncIterator[Client]:
    made = make(request.param, fake.url)
    yield made
    await made.close()


def make(name: str, url: str, token: str = TOKEN) -> Client:
    module, kind = CLIENTS[name]
    client: Client = getattr(import_module(f"bot.channels.{module}"), kind)(TelegramSettings(token=token, api=url))
    return client


async def test_it_says_who_the_bot_is(client: Client) -> None:
    me = await client.get_me()
    assert (me.username, me.name, me.reads_groups) == ("portevoix_bot", "Portevoix", False)


async def test_a_line_is_sent_with_its_marks_and_buttons_and_without_link_previews(
    fake: FakeTelegram, client: Client
) -> None:
    fake.person()
    rows = ((Choice(id="why", label="Pourquoi ?"), Choice(id="a=b", label="A")), (Choice(id="send", label="Envoyer"),))
    await client.send_message(7, Line(html=BONJOUR.html, plain=BONJOUR.plain, rows=rows))
    await client.send_message(7, BONJOUR, plain=True)
    marked, bare = fake.said()
    assert marked.text == bare.text == "Bonjour & merci"
    assert marked.rows == [
        [{"text": "Pourquoi ?", "callback_data": "why"}, {"text": "A", "callback_data": "a=b"}],
        [{"text": "Envoyer", "callback_data": "send"}],
    ]
    assert marked.asked["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in bare.asked


async def test_text_that_looks_like_anything_arrives_as_it_is(fake: FakeTelegram, client: Client) -> None:
    fake.person()
    for text in ('[{"a": 1}]', "{x", "1 < 2 & 3 > 2", "«\u00a010\u00a0000\u00a0€\u00a0»", "é👍🏽"):
        await client.send_message(7, Line(html="", plain=text), plain=True)
        assert fake.said()[-1].text == text


async def test_a_press_is_answered_once_and_its_buttons_are_taken_away(fake: FakeTelegram, client: Client) -> None:
    ana = fake.person()
    await client.send_message(7, Line(html="?", plain="?", rows=((Choice(id="yes", label="Oui"),),)))
    press = await ana.presses("Oui")
    await client.answer_callback(press)
    await client.remove_buttons(7, fake.said()[0].id)
    assert fake.answered == [press]
    assert fake.said()[0].rows == []
    with pytest.raises(Refused) as again:
        await client.answer_callback(press)
    assert again.value.says("too old")
    with pytest.raises(Refused) as same:
        await client.remove_buttons(7, fake.said()[0].id)
    assert same.value.says("not modified")


async def test_typing_is_shown(fake: FakeTelegram, client: Client) -> None:
    fake.person()
    await client.send_typing(7)
    assert fake.actions == [7]


async def test_a_file_is_fetched_and_never_more_than_may_be_kept(fake: FakeTelegram, client: Client) -> None:
    fake.files["F"] = (b"%PDF-1.7 facture", 16)
    path, size = await client.get_file("F")
    assert size == 16
    assert await client.download(path, 100) == b"%PDF-1.7 facture"
    with pytest.raises(TooLarge):
        await client.download(path, 10)
    del fake.files["F"]
    with pytest.raises(Gone):
        await client.download(path, 100)
    with pytest.raises(Refused, match="rong file_id"):
        await client.get_file("F")


async def test_a_webhook_is_set_seen_and_taken_away(fake: FakeTelegram, client: Client) -> None:
    await client.set_webhook("https://site.example/hooks/telegram", "s3cret", KINDS)
    assert (fake.hook.url, fake.hook.secret) == ("https://site.example/hooks/telegram", "s3cret")
    assert fake.wanted == set(KINDS)
    fake.hook.error, fake.hook.failed_at = "Connection refused", 1_795_000_000
    now = await client.get_webhook()
    assert (now.url, now.error) == ("https://site.example/hooks/telegram", "Connection refused")
    assert now.failed_at is not None
    assert now.failed_at.timestamp() == 1_795_000_000
    await client.delete_webhook()
    assert (await client.get_webhook()).url == ""


async def test_updates_come_as_telegram_wrote_them_until_they_are_let_go(fake: FakeTelegram, client: Client) -> None:
    ana = fake.person()
    await ana.sends(text="un", of_a_kind_nobody_knows={"x": 1})
    await ana.writes("deux")
    first, second = await client.get_updates(None, 0, KINDS)
    assert first["message"]["of_a_kind_nobody_knows"] == {"x": 1}
    assert await client.get_updates(None, 0, KINDS) == [first, second]
    assert await client.get_updates(first["update_id"], 0, KINDS) == [second]
    assert await client.get_updates(second["update_id"], 0, KINDS) == []


async def test_the_bot_introduces_itself_in_a_language(fake: FakeTelegram, client: Client) -> None:
    said = Introduction(language="en", commands={"help": "How it works"}, description="Long", about="Short")
    await client.introduce(said)
    assert fake.introduced["commands", "en"] == [{"command": "help", "description": "How it works"}]
    assert fake.introduced["description", "en"] == "Long"
    assert fake.introduced["short_description", "en"] == "Short"


async def test_a_chat_that_is_closed_is_unreachable(fake: FakeTelegram, client: Client) -> None:
    with pytest.raises(Unreachable):
        await client.send_message(8, BONJOUR)
    fake.person()
    fake.faults.blocked.add(7)
    with pytest.raises(Unreachable):
        await client.send_message(7, BONJOUR)


async def test_telegram_says_how_long_to_wait_and_that_is_no_failure(fake: FakeTelegram, client: Client) -> None:
    fake.person()
    fake.faults.too_many[7] = [23]
    with pytest.raises(Retry) as late:
        await client.send_message(7, BONJOUR)
    assert late.value.after.total_seconds() == 23
    assert not late.value.counts


async def test_a_group_that_moved_says_where_to(fake: FakeTelegram, client: Client) -> None:
    fake.faults.migrated[-5] = -1005
    with pytest.raises(Moved) as moved:
        await client.send_message(-5, BONJOUR)
    assert moved.value.chat == -1005


@pytest.mark.parametrize("fault", ["broken", "cut_before", "cut_after"])
async def test_a_network_that_fails_is_tried_again(fake: FakeTelegram, client: Client, fault: str) -> None:
    fake.person()
    setattr(fake.faults, fault, 1)
    with pytest.raises(Retry) as failed:
        await client.send_message(7, BONJOUR)
    assert failed.value.counts
    await client.send_message(7, BONJOUR)
    assert len(fake.said()) == (2 if fault == "cut_after" else 1)


@pytest.mark.parametrize("name", CLIENTS)
async def test_a_server_that_is_not_there_is_tried_again(name: str) -> None:
    client = make(name, "http://127.0.0.1:9")
    with pytest.raises(Retry):
        await client.get_me()
    with pytest.raises(Retry):
        await client.get_updates(None, 0, KINDS)
    await client.close()


async def test_html_that_telegram_cannot_read_is_refused_with_the_reason(fake: FakeTelegram, client: Client) -> None:
    fake.person()
    with pytest.raises(Refused) as refused:
        await client.send_message(7, Line(html="<b>Bon", plain="Bon"))
    assert refused.value.says("can't parse entities")


@pytest.mark.parametrize("name", CLIENTS)
async def test_a_token_that_telegram_does_not_know_is_refused(fake: FakeTelegram, name: str) -> None:
    client = make(name, fake.url, "12:another")
    with pytest.raises(Refused) as refused:
        await client.get_me()
    assert refused.value.status == 401
    assert "another" not in str(refused.value)
    await client.close()


async def test_a_second_poller_and_a_webhook_are_told_apart(fake: FakeTelegram, client: Client) -> None:
    fake.hook.url = "https://elsewhere.example/"
    with pytest.raises(Refused) as refused:
        await client.get_updates(None, 0, KINDS)
    assert refused.value.status == 409
    assert refused.value.says("webhook")
