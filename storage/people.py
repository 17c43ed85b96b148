"""Who said what is labelled: one person's messages go together, and those of who objects are left out."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.cases import read_case
from storage.consents import refuses
from storage.conversations import read_state
from storage.corrections import Part
from storage.crypto import KeyRing
from storage.desk_tables import CaseRow
from storage.masking import mask as mask_names
from storage.masking import names_in
from storage.tables import ConversationRow, TurnRow
from storage.training_tables import SampleRow
from stories.types import Answer, Entity

TESTED = 5
"""One person of so many is tested on."""
OURS: Mapping[str, str] = {
    "[email]": "[e-mail]", "[link]": "[lien]", "[iban]": "[IBAN]", "[card]": "[carte]", "[siren]": "[SIREN]",
    "[siret]": "[SIRET]", "[phone]": "[téléphone]", "[number]": "[numéro]", "[company]": "[entreprise]",
    "[person]": "[personne]",
}  # fmt: skip
"""One placeholder for each kind, whoever found it."""
FOREIGN = re.compile("|".join(map(re.escape, OURS)))
NAMING = frozenset({"legal_name", "shop_name", "name", "seller_account_id", "foreign_id", "listing_ids", "ticket_ids"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who speaks in a conversation."""

    blind: bytes
    """Equal wherever the same firm speaks, as far as its numbers tell."""
    case_id: int | None
    objects: bool
    """To being learnt from, or asks to be erased."""
    names: Mapping[str, str] = field(default_factory=dict)
    """As `storage.masking.names_in` gives them."""

    def masked(self, text: str, entities: Sequence[Entity] = ()) -> str:
        """The text without what its conversation and cases call the firm, its people and its accounts."""
        told = {
            one.field: Answer(value=one.value if isinstance(one.value, str | list) else one.text)
            for one in entities
            if one.field in NAMING
        }
        names = {**names_in(told), **self.names}
        return FOREIGN.sub(lambda found: OURS[found[0]], mask_names(text, names))


async def people(
    session: AsyncSession, ring: KeyRing, conversations: Collection[int], *, hold: bool = True
) -> dict[int, Person]:
    """Who speaks in these conversations; `hold`: they and their cases stay as they are until the transaction ends."""
    columns = (ConversationRow.id, ConversationRow.lane, ConversationRow.state)
    named = select(*columns).where(ConversationRow.id.in_(conversations)).order_by(ConversationRow.id)
    filed = select(CaseRow).where(CaseRow.conversation_id.in_(conversations)).order_by(CaseRow.id)
    if hold:
        named = named.with_for_update()
        filed = filed.with_for_update().execution_options(populate_existing=True)
    held = (await session.execute(named)).all()
    cases: dict[int, list[CaseRow]] = {}
    for row in await session.scalars(filed):
        cases.setdefault(row.conversation_id or 0, []).append(row)
    return {row.id: await _person(session, ring, row, cases.get(row.id, [])) for row in held}


async def _person(session: AsyncSession, ring: KeyRing, row: Any, cases: Sequence[CaseRow]) -> Person:  # noqa: ANN401  # Id, lane and state.
    known = read_state(ring, row.id, row.state)
    fields = [known.answers, *(read_case(ring, case.id, case.document).fields for case in cases)]
    objects = known.ended == "erasing" or any(case.erasure_requested_at for case in cases)
    return Person(
        blind=await _blind(session, ring, row.id, row.lane, cases),
        case_id=cases[0].id if cases else None,
        objects=objects or any(refuses(one) for one in fields),
        names={name: kind for one in fields for name, kind in names_in(one).items()},
    )


async def _blind(
    session: AsyncSession, ring: KeyRing, conversation_id: int, lane: str, cases: Sequence[CaseRow]
) -> bytes:  # fmt: skip
    """What this person was called before, here or in another conversation of the same firm; else by its number."""
    numbers = {number for case in cases for number in (case.siren, case.siret) if number}
    same_firm = select(CaseRow.conversation_id).where(CaseRow.siren.in_(numbers) | CaseRow.siret.in_(numbers))
    known = (
        select(SampleRow.person)
        .join(TurnRow, TurnRow.id == SampleRow.turn_id)
        .where((TurnRow.conversation_id == conversation_id) | TurnRow.conversation_id.in_(same_firm))
        .order_by(SampleRow.id)
        .limit(1)
    )
    before: bytes | None = await session.scalar(known)
    numbered = [case.siren for case in cases if case.siren] + [case.siret for case in cases if case.siret]
    return before or next(iter(numbered), ring.blind("lane", lane))


def part_of(ring: KeyRing, blind: bytes) -> Part:
    """Where all that a person says goes: learnt from, or tested on."""
    drawn = int.from_bytes(hmac.digest(ring.derive("test set"), blind, "sha256")[:8])
    return "test" if drawn % TESTED == 0 else "learning"
