"""What we say, as WhatsApp takes it: within its limits, and nothing of it lost."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.pieces import pieces
from bot.channels.whatsapp_lines import encode
from stories.effects import Say
from stories.types import Choice


def say(text: str, *labels: str) -> Say:
    choices = tuple(Choice(id=f"c{at}", label=label) for at, label in enumerate(labels, 1))
    return Say(key="k", text=text, choices=choices)


def test_strong_words_have_one_asterisk() -> None:
    (sent,) = encode(say("Votre référence : **PV-2026-7K3QM-H**. 2 ** 3"))
    assert sent.text == "Votre référence : *PV-2026-7K3QM-H*. 2 ** 3"


def test_up_to_three_choices_are_buttons() -> None:
    (sent,) = encode(say("On y va ?", "Envoyer", "Corriger", "Plus tard"))
    assert [(one.id, one.title) for one in sent.buttons] == [("c1", "Envoyer"), ("c2", "Corriger"), ("c3", "Plus tard")]
    assert not sent.rows


def test_a_button_too_long_keeps_its_first_words_and_its_whole_label_has_a_number() -> None:
    (sent,) = encode(say("Que faire ?", "Je vends en ligne, continuer", "Effacer"))
    assert [one.title for one in sent.buttons] == ["Je vends en ligne…", "Effacer"]
    assert sent.text == "Que faire ?\n\n1. Je vends en ligne, continuer\n2. Effacer"


def test_two_buttons_with_the_same_beginning_are_told_apart() -> None:
    (sent,) = encode(say("Que faire ?", "Je préfère ne pas répondre", "Je préfère ne pas revenir"))
    assert [one.title for one in sent.buttons] == ["1. Je préfère ne…", "2. Je préfère ne…"]


def test_up_to_ten_choices_are_a_list_whose_rows_have_the_whole_label() -> None:
    (sent,) = encode(say("Quelle plateforme vous pose problème ?", "Amazon", "B", "C", "Je préfère ne pas répondre"))
    assert sent.opens == "Choisir"
    assert [(one.title, one.description) for one in sent.rows] == [
        ("Amazon", ""),
        ("B", ""),
        ("C", ""),
        ("Je préfère ne pas…", "Je préfère ne pas répondre"),
    ]


def test_an_english_list_opens_in_english() -> None:
    (sent,) = encode(say("Which platform is your problem with?", "A", "B", "C", "D"))
    assert sent.opens == "Choose"


def test_more_choices_than_a_list_takes_have_numbers_to_type() -> None:
    (sent,) = encode(say("Que demandez-vous ?", *(f"Choix {at}" for at in range(1, 13))))
    assert not sent.buttons
    assert not sent.rows
    assert sent.text.endswith("\n11. Choix 11\n12. Choix 12")


def test_a_long_text_with_few_choices_is_a_list_since_buttons_take_less() -> None:
    (sent,) = encode(say("Voici. " * 200, "Envoyer", "Corriger"))
    assert [one.title for one in sent.rows] == ["Envoyer", "Corriger"]


def test_a_text_over_the_limit_is_cut_at_sentences_and_the_choices_are_under_the_last() -> None:
    text = "Une phrase entière. " * 300
    sent = encode(say(text, "Envoyer"))
    assert len(sent) == 2
    assert all(one.text.endswith("entière.") for one in sent)
    assert (sent[0].rows, len(sent[1].rows)) == ((), 1)


words = st.text(st.sampled_from("aé. \n*👍1!"), max_size=300)


@given(words, st.integers(5, 40))
def test_pieces_hold_every_word_within_the_limit(text: str, most: int) -> None:
    cut = pieces(text, most)
    assert all(0 < len(piece) <= most for piece in cut)
    assert re.sub(r"\s", "", "".join(cut)) == re.sub(r"\s", "", text)


@given(st.text(min_size=1, max_size=3000).filter(str.strip), st.lists(st.text(min_size=1, max_size=90), max_size=14))
def test_whatever_is_said_fits(text: str, labels: list[str]) -> None:
    for one in encode(say(text, *(f"{at} {label}" for at, label in enumerate(labels)))):
        assert 0 < len(one.text) <= (1024 if one.buttons else 4096)
        assert len({button.title for button in one.buttons}) == len(one.buttons) <= 3
        assert all(0 < len(button.title) <= 20 for button in one.buttons)
        assert len(one.rows) <= 10
        assert all(0 < len(row.title) <= 24 and len(row.description) <= 72 for row in one.rows)
