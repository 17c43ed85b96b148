"""A text is cut so that every value's words can be marked, and nothing of it is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.marks import Piece, Span, cut

SPANS = st.lists(
    st.builds(Span, field=st.sampled_from("abcd"), start=st.integers(-3, 30), end=st.integers(-3, 30)), max_size=6
)


@given(st.text(max_size=25), SPANS)
def test_the_pieces_are_the_text(text: str, spans: list[Span]) -> None:
    assert "".join(piece.text for piece in cut(text, spans)) == text


@given(st.text(max_size=25), SPANS)
def test_the_pieces_of_a_field_are_its_words(text: str, spans: list[Span]) -> None:
    for span in spans:
        if all(other.field != span.field for other in spans if other is not span):
            words = "".join(piece.text for piece in cut(text, spans) if span.field in piece.fields)
            assert words == text[max(span.start, 0) : max(span.end, 0)]


@given(st.text(max_size=25), SPANS)
def test_a_link_to_a_field_leads_to_its_first_word(text: str, spans: list[Span]) -> None:
    pieces = cut(text, spans)
    for piece in pieces:
        assert set(piece.begins) <= set(piece.fields)
    begun = [field for piece in pieces for field in piece.begins]
    assert {field for piece in pieces for field in piece.fields} == set(begun)


def test_words_within_words_name_the_nearest_value_first() -> None:
    assert cut("perdu environ 20%", [Span(field="loss", start=0, end=17), Span(field="share", start=6, end=17)]) == [
        Piece(text="perdu ", fields=("loss",), begins=("loss",)),
        Piece(text="environ 20%", fields=("share", "loss"), begins=("share",)),
    ]
