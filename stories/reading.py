"""Free text: corrections, the answer to what was asked, values, the story, and requests, in one message."""

from __future__ import annotations

import re

from stories import asking, learning, naming, problems, replies, requests, summary
from stories.answered import learn_answer
from stories.answers import Unclear
from stories.asking import NOT_A_FIELD
from stories.choosing import choose, skip, split
from stories.exchange import Exchange
from stories.files import answer_transcript
from stories.folding import bare, clean, fold, words
from stories.opening import show_door
from stories.picking import is_no, is_yes
from stories.sending import send

ENOUGH = 8
"""A first message of so many words is a story; a shorter one is, where it names a problem."""
COURSE = frozenset(
    {"later", "stop", "restart", "withdraw", "erase", "status", "resume", "back", "correct", "share", "bye"}
)
"""Requests that change the course: what the same message teaches is kept first."""


_SELLS = re.compile(
    r"\bje (?:vends|suis (?:vendeur|vendeuse|commercante?|artisan))\b|\b(?:ma boutique|mon entreprise)\b"
    r"|\bi sell\b|\bmy (?:shop|store|business)\b|\bseller\b"
)
"""How a person says that it is a seller after all."""


def read_text(x: Exchange, *, alerted: bool) -> bool:
    """Learn from free text and answer its requests; True where the turn is over."""
    text = clean(x.turn.text)
    if (over := _confirmed(x, text)) is not None or (over := _read_at_once(x, text)) is not None:
        return over
    if x.known.asking == "confirm_voice" and answer_transcript(x, text):
        return True
    found = _requests(x, text, alerted=alerted)
    if not x.known.narrative and not found and not requests.only_references(text) and show_door(x):
        return True
    corrections = [] if x.turn.late else summary.corrections(x.known, x.turn.text)
    open_again = learning.learn_corrections(x, corrections)
    if open_again is not None:
        return _ask_again(x, open_again)
    teach(x, text, found, corrections)
    if not found and not x.heard and not x.alerted and not x.turn.late:
        found = requests.meant(x.script, text, x.turn.understanding)
    if _is_story(x, text, found, corrected=bool(corrections), alerted=alerted):
        learning.learn_story(x)
    if _answer_requests(x, found):
        return True
    if "send" in found or (x.known.asking == "confirm_summary" and is_yes(text)):
        return send(x)
    return _say_if_lost(x, text) if not x.heard and not found else False


def _confirmed(x: Exchange, text: str) -> bool | None:
    """A yes or no to what cannot be undone; None: the text is neither, and nothing is done."""
    what = x.before.confirming
    if what is None or x.turn.late:
        return None
    first, _, rest = bare(text).partition(" ")
    if is_yes(text) or (is_yes(first) and what in requests.find(x.script, rest)):
        return replies.REPLIES[f"{what}_yes"](x)
    no = is_no(text) or bare(text) == bare(x.word("button.keep"))
    return replies.REPLIES["keep"](x) if no else None


def _read_at_once(x: Exchange, text: str) -> bool | None:
    """What needs no reading further: no words, an edited message, a seller who comes back; None: read on."""
    if not words(text):
        if x.known.asking == "confirm_summary" and any(sign in text for sign in "👍✅👌"):
            return send(x)
        x.say("empty")
        return False
    if x.elsewhere and _SELLS.search(fold(text)):
        if not _tells(x, text):
            return choose(x, "i_sell")
        x.has_told("i_sell")
        x.set(answers={})
    if x.turn.head.edits is not None:
        learning.amend_edited(x)
        return False
    pressed = asking.numbered(x, text)
    return choose(x, pressed) if pressed is not None else None


def _say_if_lost(x: Exchange, text: str) -> bool:
    """Nothing was learnt and nothing asked for: an answer all the same; True where the turn is over."""
    if _small_talk(x, text):
        return x.known.asking == "confirm_summary"
    if not x.alerted and not _greeting(x) and not x.elsewhere:
        x.say("not_understood")
    return False


def _small_talk(x: Exchange, text: str) -> bool:
    """A bare "ok" where nothing is asked, a bare "non" to the summary: answered for what they mean."""
    if x.known.asking is None and is_yes(text):
        x.say("thanks")
        return True
    return x.known.asking == "confirm_summary" and is_no(text) and replies.REPLIES["correct"](x)


def _requests(x: Exchange, text: str, *, alerted: bool) -> list[str]:
    if x.turn.late:
        return []
    if x.known.proving is not None and requests.CODE.search(text):
        return ["status"]
    found = requests.find(x.script, text)
    if not x.known.narrative and _tells(x, text):
        return [one for one in found if one in requests.WITH_STORY]
    return [one for one in found if one not in COURSE] if alerted else found


def teach(x: Exchange, text: str, found: list[str], corrections: list[summary.Correction]) -> None:
    """Take what the text says, most precise first."""
    unclear: list[Unclear] = []
    if not corrections and not x.turn.late:
        unclear = _answer_asked(x, text, found)
        if not found:
            naming.confirm_problem_unasked(x, text)
    if found and all(requests.is_whole(x.script, one, text) for one in found):
        return
    unclear = learning.learn_values(x, [(c.start, c.end) for c in corrections]) or ([] if x.heard else unclear)
    for one in unclear[:1]:
        x.heard = True
        x.say(one.key, values=dict(one.values))
    learning.learn_choices(x, text)


def _ask_again(x: Exchange, field: str) -> bool:
    """A line was named without a value that can be read: ask for it."""
    if field == "categories":
        asking.put(x, "ask.categories", "categories", ())
    elif field == "primary_category":
        x.forget("primary_category")
        x.say("correct_problem")
        return False
    else:
        asking.ask(x, field)
    return True


def _answer_asked(x: Exchange, text: str, found: list[str]) -> list[Unclear]:
    """Take the text as the answer to what was asked, where it is one; else why it cannot be."""
    asked = x.known.asking
    if asked == "confirm_problem":
        _choose_problem(x, text)
    elif asked == "split":
        folded = bare(text)
        yes = is_yes(text)
        two = yes or bool({"two", "deux", "2"} & set(folded.split()))
        if two or is_no(text) or {"one", "un", "seul", "1", "single"} & set(folded.split()):
            split(x, two=two)
    elif asked == "categories":
        if learning.correct_problem(x, "categories", text):
            x.set(asking=None)
    elif asked is not None and asked not in NOT_A_FIELD:
        question = x.script.question(asked, x.category)
        if question is None or (found and question.kind in {"text", "platform", "company", "email", "phone"}):
            return []
        answered = learn_answer(x, question, asked)
        return [answered] if isinstance(answered, Unclear) and not found else []
    return []


def _choose_problem(x: Exchange, text: str) -> None:
    """Settle the main problem by the words of the options shown, or leave it to the best guess."""
    doubt = problems.decide(x.script, x.known)
    way_out = naming.way_out(x, text)
    if way_out == "none":
        learning.settle(x, "other", raw=text)
    elif way_out is not None:
        skip(x, "confirm_problem", declined=way_out == "declined")
    elif chosen := naming.named_problem(x, text, doubt):
        learning.settle(x, chosen, raw=text)


def _answer_requests(x: Exchange, found: list[str]) -> bool:
    """Answer every request of the text, those that change the course last; True where the turn is over."""
    for one in sorted(found, key=lambda one: one in COURSE):
        x.heard = True
        if one != "send" and replies.REPLIES[one](x):
            return True
    return False


def _greeting(x: Exchange) -> bool:
    """The notice or the first question is answer enough to a first word."""
    return not x.before.noticed or not x.known.narrative


def _tells(x: Exchange, text: str) -> bool:
    """Whether a first message tells a problem, whatever it asks besides."""
    top = x.turn.understanding.problems[:1]
    least = requests.SHORT + 1 if requests.REFERENCE.search(text) else 5  # The letters of a reference mean nothing.
    likely = bool(top) and top[0].probability >= x.script.assistant.likely
    return likely and len(requests.beside_references(text)) >= least


def _answered(x: Exchange) -> bool:
    """Whether the turn answered what was asked: then its words are an answer, not more of the story."""
    asked = {"confirm_problem": "primary_category"}.get(x.before.asking or "", x.before.asking)
    return asked in x.changes()


def _is_story(x: Exchange, text: str, found: list[str], *, corrected: bool, alerted: bool) -> bool:
    """Whether the text tells something that belongs to the firm's own words."""
    count = len(requests.beside_references(text))
    if x.turn.late:
        return True
    if requests.only_references(text):
        return False
    if corrected:
        return count > 2 * ENOUGH
    top = x.turn.understanding.problems[:1]
    needed = x.script.assistant.sure if alerted else x.script.assistant.likely
    named = bool(top) and top[0].probability >= needed
    short = count <= requests.SHORT
    if not x.known.narrative:
        asked = x.known.asking == "story" and not alerted
        told = named or (asked and count > 4) or (count >= ENOUGH and not alerted)  # noqa: PLR2004
        return count > 2 and told and (_tells(x, text) or not (found and short))  # noqa: PLR2004
    if (found and short) or (alerted and not named) or (_answered(x) and count <= ENOUGH):
        return False
    return count >= (ENOUGH if learning.correcting(x) else 4) and not is_yes(text)
