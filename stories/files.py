"""Files that come with a message, and voice messages: what is said of them, and the words that a person confirms."""

from __future__ import annotations

import json

from stories.asking import put
from stories.effects import Hear, KeepAttachment
from stories.exchange import Exchange
from stories.picking import is_no, is_yes
from stories.types import Attachment, Transcript
from stories.wording import word

NEWS = frozenset({"too_large", "refused", "infected", "gone", "unshown", "unheard"})
"""What may be told of a file once we have looked at it."""
LONGEST = 4000
"""Characters of a voice message that are shown to be confirmed."""


def keep_files(x: Exchange) -> None:
    """Have the files of this turn kept, and say that they came in."""
    files = fetch_files(x)
    if not files:
        return
    spoken = sum(file.kind == "voice" for file in files)
    if spoken:
        x.say("voice.listening" if x.turn.transcribes else "voice.kept")
    others = len(files) - spoken
    if others:
        x.say("files.came_one" if others == 1 else "files.came", values={"number": str(others)})
    x.heard = True


def fetch_files(x: Exchange) -> list[Attachment]:
    """Have the files of this turn kept; an edited message brings its own again."""
    files = [
        (message.key, file)
        for message in x.turn.messages
        for file in message.attachments
        if message.edits is None or file.identity not in x.known.files
    ]
    x.effects.extend(KeepAttachment(message=key, attachment=file) for key, file in files)
    x.set(files=(*x.known.files, *(file.identity for _, file in files)))
    return [file for _, file in files]


def tell_news(x: Exchange) -> bool:
    """Say what became of a file; the words of a voice message are shown to be confirmed. True where the turn is over.

    The news is JSON: `what`, with `message` and `text` of a transcript, or `name`, `kind` and `link` of a file.
    """
    news: dict[str, str] = json.loads(x.turn.text)
    if news["what"] == "transcript":
        show_transcript(x, Transcript(message=news["message"], text=news["text"][:LONGEST], asking=_asked(x)))
        return True
    if news["what"] in NEWS:
        name = news.get("name") or word(x.script, x.language, f"files.kind.{news.get('kind', 'document')}")
        x.say(f"files.{news['what']}", values={"name": name, "link": news.get("link", "")})
        return True
    return True


def answer_transcript(x: Exchange, text: str) -> bool:
    """Take yes or no to the words shown; any other text stands in their place. True where the turn is over."""
    shown = x.known.transcript
    if shown is None:
        return False
    x.set(transcript=None, asking=shown.asking)
    if is_yes(text):
        return _hear(x, shown)
    if is_no(text):
        x.say("voice.write")
        return True
    return False


def confirm_transcript(x: Exchange) -> bool:
    """The button that says: these are my words."""
    shown = x.known.transcript
    if shown is None:
        x.say("closed")
        return False
    x.set(transcript=None, asking=shown.asking)
    return _hear(x, shown)


def refuse_transcript(x: Exchange) -> bool:
    """The button that says: not so, I write it myself."""
    if x.known.transcript is None:
        x.say("closed")
        return False
    x.set(transcript=None, asking=x.known.transcript.asking)
    x.say("voice.write")
    return True


def _hear(x: Exchange, shown: Transcript) -> bool:
    x.effects.append(Hear(key=f"voice:{shown.message}", text=shown.text))
    return True


def show_transcript(x: Exchange, transcript: Transcript) -> None:
    """Show the words of a voice message, to be confirmed."""
    x.set(transcript=transcript)
    x.say("voice.heard", values={"words": transcript.text})
    put(x, "voice.right", "confirm_voice", ("voice_yes", "voice_no"))


def _asked(x: Exchange) -> str | None:
    """What was asked before: of two voice messages the second takes the place of the first."""
    return x.known.transcript.asking if x.known.transcript else x.known.asking
