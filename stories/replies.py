"""Answers to what a person may ask at any time; the pending question is then repeated, last."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stories import summary
from stories.afterwards import code, more, status
from stories.asking import ask, confirm, offer, put
from stories.effects import AmendCase, CallHuman, Erase, WakeLater
from stories.exchange import Exchange
from stories.files import confirm_transcript, refuse_transcript
from stories.letters import letter, rights
from stories.types import Answer, Choice, Conversation

Reply = Callable[[Exchange], bool]
"""Answers; True where the turn then ends, False where the pending question is repeated."""


def _tell(key: str) -> Reply:
    def reply(x: Exchange) -> bool:
        x.say(key)
        return False

    return reply


def _why(x: Exchange) -> bool:
    asking = x.known.asking
    if asking in {None, "story"}:
        x.say("faq_about")
        return False
    question = x.script.question(asking, x.category)
    if question is not None and question.why is not None:
        x.say("why", text=question.why[x.language].replace("{platform}", x.platform))
    else:
        own = f"why.{asking}"
        x.say(own if own in x.script.wording[x.language] else "why.general")
    return False


def _recognise(x: Exchange) -> bool:
    visible = x.category in {"account_suspension", "listing_removal", "funds_withheld", "identity_verification"}
    x.say("faq_recognise_likely" if visible else "faq_recognise")
    return False


def _help(x: Exchange) -> bool:
    x.say("help", choices=x.buttons("faq_confidential", "human", "form"))
    return False


def _human(x: Exchange) -> bool:
    x.effects.append(CallHuman(references=x.known.filed))
    x.say("human_filed" if x.known.filed else "human")
    return False


def _training_refused(x: Exchange) -> bool:
    x.know("training", Answer(value=False, raw=x.turn.text, message=x.turn.head.key, confirmed=True))
    x.say("training_refused")
    return False


def _letter(x: Exchange) -> bool:
    x.say("letter", text=letter(x))
    return False


def _rights(x: Exchange) -> bool:
    x.say("rights", text=rights(x, most=9))
    return False


def _later(x: Exchange) -> bool:
    if x.known.filed:
        x.say("later_filed")
        return True
    x.set(paused=True)
    x.say("later", choices=x.buttons("resume", "erase"))
    if x.turn.resumable and not x.has_told("resume_link"):
        x.say("resume_link", secret="resume_link")  # noqa: S106  # The name of what fills the slot.
    return True


def _resume(x: Exchange) -> bool:
    x.set(paused=False)
    if x.known.filed:
        x.say("resumed_filed", values={"reference": ", ".join(x.known.filed)})
    elif x.known.narrative:
        x.set(lines=summary.order(x.script, x.known))
        x.say("resumed", text=x.word("resumed") + "\n" + summary.text(x.script, x.known))
    return False


def _summary(x: Exchange) -> bool:
    if not x.known.narrative:
        return False
    x.set(lines=summary.order(x.script, x.known))
    key = "summary_filed" if x.known.filed else "summary"
    x.say(key, text=x.word(key) + "\n" + summary.text(x.script, x.known))
    return False


def _correct(x: Exchange) -> bool:
    """A wish to correct: the line it names is asked again, else how to say it."""
    if not x.known.narrative:
        return False
    named = summary.named_line(x.script, x.known, x.turn.text) if x.turn.text else None
    x.set(lines=summary.order(x.script, x.known))
    if named is not None and x.script.question(named, x.category) is not None:
        ask(x, named)
        return True
    lines = summary.lines(x.script, x.known)
    choices = tuple(Choice(id=f"change:{one.field}", label=one.text[:60]) for one in lines)
    offer(x, "correct", x.word("correct"), x.known.asking, choices)
    return True


def _remove(x: Exchange) -> bool:
    """A line that the firm wants gone is forgotten; what only it can choose keeps its default."""
    if x.changes():
        return False
    named = summary.named_line(x.script, x.known, x.turn.text)
    if named is None or named == "primary_category":
        return _correct(x)
    x.forget(named)
    x.say("removed")
    return False


def _restart(x: Exchange) -> bool:
    return _restart_yes(x) if x.known.filed or x.known.is_empty else confirm(x, "restart")


def _restart_yes(x: Exchange) -> bool:
    """A new story; who the person is stays known."""
    kept = {f: a for f, a in x.known.answers.items() if _is_identity(x, f)} if x.known.filed else {}
    x.set(
        narrative=(), answers=kept, asking=None, offered=(), asked=(), lines=(), told=(), parts=(), filed=(),
        filed_at=None, ended=None, paused=False, reminders=0, steps=(),
    )  # fmt: skip
    x.say("restarted")
    return False


def _is_identity(x: Exchange, field: str) -> bool:
    known = x.script.fields.get(field)
    return known is not None and known.group in {"company", "contact"}


def _back(x: Exchange) -> bool:
    """Undo the last answer and ask for it again."""
    if not x.known.steps:
        x.say("back_nothing")
        return False
    step = x.known.steps[-1]
    answers = {**x.known.answers, **{f: a for f, a in step.answers.items() if a is not None}}
    gone = {f for f, a in step.answers.items() if a is None}
    x.set(
        answers={f: a for f, a in answers.items() if f not in gone},
        steps=x.known.steps[:-1],
        asking=step.asking,
        parts=(),
        told=tuple(one for one in x.known.told if one != "split"),
    )
    x.say("back")
    return False


def _erase(x: Exchange) -> bool:
    if x.known.filed:
        x.effects.append(Erase(references=x.known.filed))
        x.set(ended="erasing")
        x.say("erase_filed", values={"reference": ", ".join(x.known.filed)})
        return True
    return _erase_draft(x) if x.known.is_empty else confirm(x, "erase")


def _erase_yes(x: Exchange) -> bool:
    """A draft goes once its erasure is confirmed; the button of a question asked earlier erases nothing."""
    if x.before.confirming != "erase":
        x.say("closed")
        return False
    return _erase_draft(x)


def _erase_draft(x: Exchange) -> bool:
    x.effects.extend((Erase(), WakeLater(after=None)))
    x.known = Conversation(
        language=x.language, language_chosen=x.known.language_chosen, noticed=True, position=x.known.position
    )
    x.say("erased", choices=x.buttons("restart"))
    return True


def _keep(x: Exchange) -> bool:
    """No to what cannot be undone."""
    x.say("kept")
    return False


def _withdraw(x: Exchange) -> bool:
    if not x.known.filed:
        x.say("withdraw_draft")
        return False
    if x.known.ended == "withdrawn":
        x.say("withdrawn")
        return True
    return confirm(x, "withdraw")


def _withdraw_yes(x: Exchange) -> bool:
    if not x.known.filed:
        return False
    x.effects.extend(AmendCase(reference=one, status="withdrawn") for one in x.known.filed)
    x.set(ended="withdrawn", asking=None)
    x.say("withdrawn")
    return True


def _add(x: Exchange) -> bool:
    if not x.known.narrative:
        return False
    put(x, "ask.anything_else", "anything_else", ())
    return True


def _share(x: Exchange) -> bool:
    if not x.known.narrative:
        return False
    ask(x, "share_platform")
    return True


def _stop(x: Exchange) -> bool:
    x.set(reminders_stopped=True)
    x.effects.append(WakeLater(after=None))
    if x.known.filed:
        x.say("stopped_filed")
        return True
    x.say("stopped", choices=x.buttons("resume", "erase"))
    return True


def _language(language: str) -> Reply:
    def reply(x: Exchange) -> bool:
        x.set(language=language, language_chosen=True)
        x.say("language_changed")
        return False

    return reply


def _other_language(x: Exchange) -> bool:
    return _language("en" if x.language == "fr" else "fr")(x)


def _receipt(x: Exchange) -> bool:
    x.say("receipt_again" if x.known.filed else "receipt_none", values={"reference": ", ".join(x.known.filed)})
    return False


def _reply_by(channel: str) -> Reply:
    def reply(x: Exchange) -> bool:
        x.know("preferred_channel", Answer(value=channel, raw=x.turn.text, message=x.turn.head.key, confirmed=True))
        return False

    return reply


def _consent(field: str) -> Reply:
    def reply(x: Exchange) -> bool:
        x.know(field, Answer(value=True, raw=x.turn.text, message=x.turn.head.key, confirmed=True))
        return False

    return reply


REPLIES: Mapping[str, Reply] = {
    "why": _why,
    "help": _help,
    "human": _human,
    "faq_confidential": _tell("faq_confidential"),
    "faq_recognise": _recognise,
    "faq_cost": _tell("faq_cost"),
    "faq_duration": _tell("faq_duration"),
    "faq_who_reads": _tell("faq_who_reads"),
    "faq_next": _tell("faq_next"),
    "faq_program": _tell("faq_program"),
    "faq_deadline": _tell("faq_deadline"),
    "training_refused": _training_refused,
    "clear_chat": _tell("clear_chat"),
    "training": _tell("training"),
    "greet": lambda _x: False,
    "thanks": _tell("thanks"),
    "bye": _later,
    "insult": _tell("insult"),
    "letter": _letter,
    "rights": _rights,
    "reply_chat": _reply_by("chat"),
    "reply_email": _reply_by("email"),
    "reply_phone": _reply_by("phone"),
    "reply_none": _reply_by("code_only"),
    "consent_mediateur": _consent("share_mediateur"),
    "consent_dgccrf": _consent("share_dgccrf"),
    "consent_quote": _consent("quote_anonymised"),
    "summary": _summary,
    "status": status,
    "code": code,
    "receipt": _receipt,
    "form": _tell("form"),
    "language": _other_language,
    "language_fr": _language("fr"),
    "language_en": _language("en"),
    "resume": _resume,
    "back": _back,
    "correct": _correct,
    "remove": _remove,
    "share": _share,
    "add": _add,
    "more_questions": more,
    "later": _later,
    "stop": _stop,
    "restart": _restart,
    "restart_yes": _restart_yes,
    "withdraw": _withdraw,
    "withdraw_yes": _withdraw_yes,
    "erase": _erase,
    "erase_yes": _erase_yes,
    "keep": _keep,
    "voice_yes": confirm_transcript,
    "voice_no": refuse_transcript,
}
