"""How an invented firm tells its story: it answers what the assistant asks, and says on its own what it wants."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from typing import TypeAlias

from bot.demo.agenda import Life
from bot.demo.data import Habit, Words
from bot.demo.firms import Firm
from bot.demo.talk import Talk
from stories.types import Conversation

PATIENCE = 14
"""After so many answers a firm gives up, and nothing is filed."""
SOON = (20, 150)
"""Seconds until a person has read an answer and written."""
YEARS = (2012, 2024)
Receive: TypeAlias = Callable[[Firm, Talk, str], Awaitable[None]]
"""What is done with a case, given its firm, its conversation and its reference."""


class Telling:
    """A firm in its conversation."""

    def __init__(
        self,
        firm: Firm,
        talk: Talk,
        words: Words,
        *,
        platform: str,
        filed: Callable[[Firm, Talk, str], Awaitable[None]],
    ) -> None:
        """`platform` is its name; `filed` is called once there is a case."""
        self.firm, self.talk = firm, talk
        self._words, self._platform, self._filed = words, platform, filed
        self._wishes = list(self._wished())

    async def life(self) -> Life:
        """From the first word until it has said all."""
        async for pause in self._tell():
            yield pause
        for _ in range(PATIENCE):
            known = await self.talk.known()
            if known.filed:
                break
            await self._answer(known)
            yield self._soon()
        else:
            return
        await self._filed(self.firm, self.talk, known.filed[0])
        async for pause in self._afterwards():
            yield pause

    async def _tell(self) -> AsyncIterator[timedelta]:
        if self.firm.chance.random() < 0.25:  # noqa: PLR2004  # A few greet first.
            await self.talk.say(self._one(self._words.hello).format(person=self.firm.person))
            yield self._soon()
        pieces = self.firm.told.split(". ", 1) if "in_pieces" in self.firm.habits else [self.firm.told]
        for said in (*pieces, *self.firm.more):
            await self.talk.say(said)
            yield self._soon()

    async def _answer(self, known: Conversation) -> None:
        """Do what the firm does about what was asked last."""
        match known.asking:
            case "confirm_summary":
                await (self.talk.say(self._wishes.pop(0)) if self._wishes else self._end())
            case "share_platform":
                await self._choose(f"share_platform={self.firm.share}", self._words.shares[self.firm.share])
            case "confirm_problem":
                wanted = f"confirm_problem={self.firm.problem}"
                await self.talk.press(wanted if wanted in known.offered else known.offered[0])
            case "platform_id":
                await self.talk.say(self._platform)
            case "email":
                await self.talk.say(self.firm.email)
            case "phone":
                await self.talk.say(self.firm.phone)
            case None | "story" | "anything_else":
                await self.talk.say(self.firm.told)
            case asked:
                await self._answer_more(known, asked)

    async def _end(self) -> None:
        await self._choose("send", self._words.sends)

    async def _choose(self, choice: str, words: Sequence[str]) -> None:
        """Press the button, or say it in words."""
        if self.firm.chance.random() < 0.7:  # noqa: PLR2004  # Most press.
            await self.talk.press(choice)
        else:
            await self.talk.say(self._one(words))

    def _wished(self) -> Iterator[str]:
        """What the firm says before it sends."""
        said, firm = self._words, self.firm
        if self._has("aside"):
            yield self._one(said.asides)
        if self._has("corrects"):
            yield firm.corrects
        if self._has("mediator"):
            yield said.mediator
        if self._has("fraud_office"):
            yield said.fraud_office
        if self._has("quote"):
            yield said.quote
        if firm.reply == "email":
            yield said.by_email.format(email=firm.email)
        elif firm.reply == "phone":
            yield said.by_phone.format(phone=firm.phone)
        elif firm.reply == "code_only":
            yield said.no_reply

    async def _afterwards(self) -> AsyncIterator[timedelta]:
        """What is said and sent after the receipt."""
        if self._has("answers_more"):
            for _ in range(self.firm.chance.randint(1, 2)):
                await self.talk.press("more_questions")
                yield self._soon()
                known = await self.talk.known()
                if known.asking is None:
                    break
                await self._answer_more(known, known.asking)
                yield self._soon()
        if self._has("signs"):
            await self.talk.say(self._words.signs.format(firm=self.firm.name, siret=self.firm.siret))
            yield self._soon()
        if self._has("file"):
            await self.talk.bring(self._one(self._words.files), self._words.file_says, self._one(self._words.with_file))
            yield self._soon()
        if self.firm.chance.random() < 0.4:  # noqa: PLR2004  # Not everybody says so.
            await self.talk.say(self._one(self._words.thanks))
        async for pause in self._days_later():
            yield pause

    async def _days_later(self) -> AsyncIterator[timedelta]:
        said = self._words
        later: dict[Habit, str] = {"human": said.human, "adds": self._one(said.adds), "erasure": said.erasure}
        for habit, text in later.items():
            if self._has(habit):
                yield timedelta(days=self.firm.chance.randint(1, 9), minutes=self.firm.chance.randrange(600))
                await self.talk.say(text.format(money=self.firm.corrects))
        if self._has("withdraws"):
            yield timedelta(days=self.firm.chance.randint(2, 12), minutes=self.firm.chance.randrange(600))
            await self.talk.say(said.withdraws)
            yield self._soon()
            await self.talk.press("withdraw_yes")

    async def _answer_more(self, known: Conversation, asked: str) -> None:
        """Answer a question about a fact: by one of its buttons, with what the firm knows, or not at all."""
        offered = [choice for choice in known.offered if choice.startswith(f"{asked}=")]
        if offered:
            await self.talk.press(self._one(offered))
            return
        number = self.firm.chance.randint(1, 9)
        year = self.firm.chance.randint(*YEARS)
        answers = {
            "platform_share_pct": f"{10 * number} %", "loss_pct_turnover": f"{5 * number} %", "jobs_total": str(number),
            "jobs_at_risk": "1", "loss_eur": f"{700 * number} €", "funds_held_eur": f"{900 * number} €",
            "stock_blocked_eur": f"{400 * number} €", "notice_days": "0", "appeals": str(number // 3),
            "seller_since": str(year), "reason_text": self._one(self._words.reasons),
            "consequences": self._one(self._words.still_blocked), "siret": self.firm.name,
            "legal_name": self.firm.name, "occurrences": str(number),
        }  # fmt: skip
        await self.talk.say(answers.get(asked) or self._one(self._words.unknown))

    def _has(self, habit: Habit) -> bool:
        return habit in self.firm.habits

    def _one(self, texts: Sequence[str]) -> str:
        return self.firm.chance.choice(texts)

    def _soon(self) -> timedelta:
        return timedelta(seconds=self.firm.chance.randint(*SOON))
