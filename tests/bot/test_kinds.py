"""What a file is shows in its bytes; its name counts for nothing, and may do no harm."""

from __future__ import annotations

import pytest

from bot.kinds import recognise
from storage.filenames import EXTENSIONS, saved, shown
from tests.bot.samples import BAD, GOOD, archive, picture


@pytest.mark.parametrize("kind", GOOD)
def test_what_firms_send_is_recognised(kind: str) -> None:
    assert recognise(GOOD[kind]) == kind


def test_every_kind_that_is_kept_was_tried() -> None:
    assert set(GOOD) == set(EXTENSIONS)


@pytest.mark.parametrize("what", BAD)
def test_what_may_do_harm_is_refused(what: str) -> None:
    assert recognise(BAD[what]) is None


def test_a_picture_with_an_archive_behind_it_is_a_picture() -> None:
    assert recognise(picture("PNG") + archive({"a.exe": "MZ"})) == "image/png"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("facture.PDF", "facture.pdf"),
        ("C:\\Users\\me\\..\\facture.pdf", "facture.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("facture\u202efdp.exe", "facturefdp.exe.pdf"),
        ("relevé d’octobre.pdf", "relevé d’octobre.pdf"),
        ('a<b>"c|d?*.pdf', "a_b__c_d__.pdf"),
        ("", "fichier.pdf"),
        ("..", "fichier.pdf"),
        ("a\r\nSet-Cookie: b", "aSet-Cookie_ b.pdf"),
        ("x" * 5000, "x" * 100 + ".pdf"),
    ],
)
def test_a_name_is_saved_without_tricks(given: str, wanted: str) -> None:
    assert saved(given, "application/pdf") == wanted


def test_a_name_is_read_as_it_is() -> None:
    assert shown("  facture\u202efdp.exe\n") == "facturefdp.exe"
