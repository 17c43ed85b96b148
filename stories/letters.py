"""A letter to the platform to copy, filled from the answers, and the rules that may apply."""

from __future__ import annotations

from stories.exchange import Exchange
from stories.formats import PARIS, day, money, partial_date
from stories.wording import fill

COPIED = ("name", "legal_name", "seller_account_id", "shop_name", "reason_text")
"""Fields that go into a letter as they were given."""


def letter(x: Exchange) -> str:
    """The letter for this problem; what is not known stays a blank to complete."""
    letters = x.script.letters[x.language]
    name = x.category if x.category is not None and x.category in letters else "other"
    values = dict.fromkeys((*COPIED, "incident_date", "amount"), x.word("letter.blank"))
    values |= {field: str(x.given(field)) for field in COPIED if x.given(field)}
    since = x.known.answers.get("incident_date")
    if since is not None and since.state == "given":
        values["incident_date"] = partial_date(since.value, x.language, since.raw)
    amount = x.given("funds_held_eur") or x.given("loss_eur") or x.given("stock_blocked_eur")
    if amount:
        values["amount"] = money(amount, x.language)
    values |= {"platform": x.platform, "today": day(x.turn.at.astimezone(PARIS).date(), x.language)}
    return f"{x.word('letter.intro')}\n\n{fill(letters[name], values).strip()}"


def rights(x: Exchange, *, most: int) -> str:
    """The rules that may apply to this problem and platform today, in plain sentences."""
    category = x.script.categories.get(x.category or "other")
    platform = x.script.by_platform.get(str(x.given("platform_id")))
    hooks = [x.script.law[one] for one in (category.law if category else ())]
    today = x.turn.at.astimezone(PARIS).date()
    said = list(dict.fromkeys(h.say[x.language] for h in hooks if h.applies(today, platform)))[:most]
    return "\n".join([x.word("rights.intro"), *(f"• {one}" for one in said)]) if said else x.word("rights.none")
