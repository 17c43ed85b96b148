"""Back on the page of an answer that was sent, the browser shows its text in a new form: sent again, it went twice."""

from __future__ import annotations

from tests.console.conftest import Desk, desk
from tests.console.test_answers import BASE, filed, said, text_of, write

__all__ = ["desk"]


async def test_the_same_answer_is_not_sent_twice_in_a_row(desk: Desk) -> None:
    lane = await filed(desk)
    for _ in range(2):
        await desk.open(f"{BASE}/answer")
        await write(desk, "Nous étudions votre dossier.")
    assert desk.page.status_code == 422
    assert "Cette réponse est déjà partie." in text_of(desk.page.text)
    assert len(await said(desk, lane)) == 1
    await write(desk, "Nous étudions votre dossier de près.")
    assert len(await said(desk, lane)) == 2
