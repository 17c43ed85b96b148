"""What we say becomes HTML; what others typed stays text."""

from __future__ import annotations

from hypothesis import given, strategies

from bot.markup import markup, plain


def test_lines_become_paragraphs_and_numbered_lines_keep_their_numbers() -> None:
    html = markup("C'est corrigé :\n2. Problème: compte fermé\n5. Perte: 20%\n\nMerci.\nEt après ?", "en")
    assert '<ol><li value="2">Problème: compte fermé</li><li value="5">Perte: 20%</li></ol>' in html
    assert html.startswith("<p>C&#39;est corrigé :</p>")
    assert html.endswith("<p>Merci.<br>Et après ?</p>")


def test_strong_words_and_links_are_marked() -> None:
    html = markup("**Envoyer** ? Voyez https://exemple.fr/a?b=1&c=2.", "en")
    assert "<strong>Envoyer</strong>" in html
    assert '<a href="https://exemple.fr/a?b=1&amp;c=2" rel="noopener">' in html
    assert html.endswith("</a>.</p>")


def test_dashes_become_a_list() -> None:
    assert markup("- un\n- deux", "fr") == "<ul><li>un</li><li>deux</li></ul>"


def test_french_marks_stay_with_their_word_and_references_stay_whole() -> None:
    html = markup("« Oui » : 15 000 € ?", "fr")
    assert html == "<p>«\u00a0Oui\u00a0»\u00a0: 15\u00a0000\u00a0€\u00a0?</p>"
    assert '<b class="whole">PV-2026-7K3QF-D</b>' in markup("Référence : PV-2026-7K3QF-D", "fr")


@given(strategies.text())
def test_nothing_typed_becomes_an_element(text: str) -> None:
    typed = f"<script>{text}</script><img src=x onerror=1>"
    for html in (str(markup(typed, "fr")), str(plain(typed))):
        assert "<script" not in html
        assert "<img" not in html
