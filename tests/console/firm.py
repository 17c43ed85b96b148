"""A fictional firm's conversation and the case it filed, kept through storage as a turn would keep them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Update, insert, update

from storage import attachments, cases, inbox, outbox, teams
from storage.attachments import Status
from storage.conversations import CONVERSATION
from storage.crypto import KeyRing
from storage.database import Database
from storage.desk_tables import CaseRow
from storage.filestore import FileStore, digest_of
from storage.ids import IDS
from storage.outbox import Fetch, Owed
from storage.tables import ConversationRow, OutboxRow
from stories.effects import Say
from stories.types import Answer, Attachment, Case, Choice, Conversation, Message, Passage
from tests.stories.talk import script

FILED = datetime(2026, 11, 23, 21, 58, tzinfo=UTC)
STORY = (
    "amazone m'a viré début octobre du jour au lendemain, j'ai perdu environ 20% du chiffre, "
    "je peux plus sortir mes factures pour le comptable et personne répond"
)
MODEL = "model:embedded-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing said, by the firm or, with choices or without, by the program."""

    by: str
    text: str = ""
    key: str = "line"
    choice: str | None = None
    edits: str | None = None
    fields: Mapping[str, str] | None = None
    choices: tuple[Choice, ...] = ()
    secret: bool = False
    files: tuple[Attachment, ...] = ()


def answer(
    value: object, words: str, *, by: str = "rule", message: str = "m1", text: str = STORY, **more: object
) -> Answer:
    """An answer that these words of a message gave."""
    start = text.index(words)
    given = {"value": value, "raw": words, "by": by, "message": message, "start": start, "end": start + len(words)}
    return Answer(**(given | more))  # type: ignore[arg-type]


def problem(name: str, confidence: float, words: str) -> dict[str, object]:
    start = STORY.index(words)
    return {
        "id": name, "confidence": confidence, "source": "model", "confirmed": True,
        "message": "m1", "span": [start, start + len(words)],
    }  # fmt: skip


def fields() -> dict[str, Answer]:
    """What the firm said, in every state and from every source."""
    return {
        "platform_id": answer("amazon", "amazone", confirmed=True),
        "primary_category": answer("account_suspension", "m'a viré", by=MODEL, confidence=0.93, confirmed=True),
        "categories": Answer(
            value=[
                problem("account_suspension", 0.93, "m'a viré"),
                problem("invoicing_documents", 0.88, "je peux plus sortir mes factures"),
                problem("no_human_contact", 0.81, "personne répond"),
            ],
            by="rule",
        ),
        "facets.no_notice": answer("yes", "du jour au lendemain"),
        "incident_date": answer(
            {"value": "2026-10", "precision": "month"}, "début octobre", approx=True, confirmed=True
        ),
        "loss_pct_turnover": answer(20, "environ 20%", approx=True, confirmed=True),
        "loss_eur": Answer(state="declined", raw="je préfère ne pas répondre", message="m2"),
        "jobs_total": Answer(state="unknown", raw="je ne sais pas", message="m2"),
        "account_status": Answer(value="closed", raw="Tout le compte", message="m2", confirmed=True),
        "deadline_date": Answer(value="2026-11-30", by="rule", message="m4", start=29, end=43, confirmed=True),
        "deadline_kind": Answer(value="tax", by="rule"),
        "legal_name": Answer(value="Éditions du Moulin Fictif", by="registry"),
        "email": Answer(value="contact@moulin-fictif.example", message="m4"),
        "share_platform": Answer(value="anonymised", message="m4", confirmed=True),
        "share_mediateur": Answer(value=True, message="m4", confirmed=True),
        "share_dgccrf": Answer(value=False, by="default"),
        "quote_anonymised": Answer(value=False, by="default"),
        "preferred_channel": Answer(value="chat", by="default"),
        "contact_back": Answer(value=True, by="rule"),
        "measure_kind": Answer(value=["account"], by="rule"),
        "outcomes": Answer(value=["documents", "explanation"], by="form", message="m5", confirmed=True),
        "level": Answer(value="high", by="rule"),
        "reasons": Answer(value=["deadline_<=7d", "account_total"], by="rule"),
        "summary_validated": Answer(value="1. Plateforme : Amazon", by="rule", confirmed=True),
    }


TOLD = (
    Told(by="bot", text="Bonjour. Je suis Portevoix, un programme informatique. Vous n'écrivez pas à une personne."),
    Told(by="person", key="m1", text=STORY),
    Told(
        by="bot",
        text="Merci. Amazon a-t-il coupé tout le compte, ou certaines annonces ?",
        choices=(
            Choice(id="account_suspension", label="Tout le compte"),
            Choice(id="listing_removal", label="Certaines annonces"),
        ),
    ),
    Told(by="person", key="m2", choice="account_suspension"),
    Told(by="person", key="m3", text="le comptable veut tout avant le 20"),
    Told(by="person", key="m4", text="le comptable veut tout avant le 30 novembre.", edits="m3"),
    Told(by="bot", text="C'est corrigé. Votre code : 1234 5678 9012 3456", secret=True),
    Told(by="person", key="m5", fields={"outcomes": "récupérer mes factures", "loss_eur": ""}),
)

WITH_FILES = (
    *TOLD,
    Told(by="person", key="m6", files=(Attachment(id="x", kind="photo", name="photo.jpg"),
                                       Attachment(id="y", kind="voice"))),
)  # fmt: skip


def case(reference: str, *, channel: str = "webchat", **changes: Answer) -> Case:
    return Case(
        reference=reference,
        language="fr",
        channel=channel,
        filed_at=FILED,
        fields=fields() | changes,
        narrative=(Passage(message="m1", text=STORY),),
    )


async def file(
    database: Database, ring: KeyRing, filed: Case, told: Sequence[Told] = TOLD, *, wants_human: bool = False
) -> str:
    """Keep the conversation and its case; the lane of the conversation."""
    chat = f"chat-{filed.reference}"
    lane = ring.lane(f"{filed.channel}:{chat}")
    at = filed.filed_at - timedelta(minutes=len(told))
    conversation = IDS.new(at)
    async with database.begin() as session:
        session.add(
            ConversationRow(
                id=conversation, lane=lane, channel=filed.channel, language=filed.language, listening=False,
                address=ring.seal("conversations", "address", conversation, chat.encode()),
                state=ring.seal("conversations", "state", conversation, CONVERSATION.dump_json(Conversation())),
                wants_human=wants_human, created_at=at, updated_at=at,
            )
        )  # fmt: skip
        await session.flush()
        for line in told:
            at += timedelta(minutes=1)
            if line.by == "person":
                message = Message(
                    channel=filed.channel, chat=chat, key=line.key, text=line.text, choice=line.choice,
                    edits=line.edits, fields=line.fields or {}, attachments=line.files,
                )  # fmt: skip
                await inbox.receive(session, ring, [message], now=at)
            else:
                say = Say(
                    key=line.key, text=line.text, choices=line.choices, secret="access_code" if line.secret else None
                )
                owed = outbox.row(
                    ring, Owed(chat=chat, say=say), lane=lane, channel=filed.channel, now=at, sender=line.by
                )
                await session.execute(insert(OutboxRow).values(owed))
        row = cases.row(ring, script(), filed, filed_by=None, part=0, conversation_id=conversation)
        await session.execute(insert(CaseRow).values(row))
        await teams.route(session, [row])
    return lane


async def send_file(
    database: Database, ring: KeyRing, files: FileStore, lane: str, data: bytes, *, name: str = "photo.jpg",
    media_type: str = "image/jpeg", status: Status = "kept", shows: bool = True,
) -> int:  # fmt: skip
    """The first file of `WITH_FILES`, with these bytes as the copy that officials see; gives its id."""
    digest = digest_of(data)
    wanted = Fetch(lane=lane, message="m6", ordinal=0, attachment=Attachment(id="x", kind="photo", name=name))
    shown = {"shown_digest": digest, "shown_type": media_type} if shows else {}
    async with database.begin() as session:
        await attachments.expect(session, [attachments.row(ring, wanted, FILED)])
        file = await attachments.find(session, ring, lane, "m6", 0)
        assert file is not None
        await attachments.settle(session, file, status, digest=digest, size=len(data), media_type=media_type, **shown)
    await files.keep(ring, lane, digest, data)
    return file.id


def broken(reference: str) -> Update:
    """What spoils the document of a case on its way to the disk."""
    return update(CaseRow).where(CaseRow.reference == reference).values(document=b"\0" * 64)
