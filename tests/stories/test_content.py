"""What every file of the script owes to the people who read it: plain words, both languages, rules that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

import pytest
from pydantic import BaseModel

from stories.folding import fold
from stories.plain import long_sentences, promises, sentences
from stories.script import LANGUAGES, Question, Text, TieBreak, Words
from tests.stories.talk import script

NOT_SAID = frozenset({"patterns", "unless", "whole", "words", "guideline", "sources", "wording", "law"})
"""What nobody is told: what people type, notes for those who label, and the names of laws."""
BEFORE_PLATFORM = frozenset({"à", "chez", "sur", "vers", "par", "avec", "et"})
"""Words that change before no name: "de Amazon" would need an elision, "de la plateforme" none."""
SELLING = (
    "account_suspension",
    "listing_removal",
    "identity_verification",
    "funds_withheld",
    "fees_commissions",
    "invoicing_documents",
    "terms_change",
    "no_human_contact",
    "ranking_visibility",
    "self_preferencing",
    "price_control_parity",
    "buyer_claims_returns",
    "reviews_performance",
    "counterfeit_unfair_sellers",
    "ip_complaint_against_seller",
    "product_compliance",
    "logistics_fulfilment",
    "data_tools_access",
)


def said(part: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Every text that a person may be told, with its place."""
    if isinstance(part, Text):
        yield from ((f"{place}.{language}", part[language]) for language in LANGUAGES)
    elif isinstance(part, Words):
        yield from ((f"{place}.{language}", text) for language in LANGUAGES for text in part[language])
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields.keys() - NOT_SAID:
            yield from said(getattr(part, name), f"{place}.{name}")
    elif isinstance(part, Mapping):
        for name, one in part.items():
            yield from said(one, f"{place}.{name}")
    elif isinstance(part, tuple):
        yield from said({getattr(one, "id", at): one for at, one in enumerate(part)}, place)
    elif isinstance(part, str) and place.startswith(".letters"):
        yield place, part


@lru_cache
def told() -> tuple[tuple[str, str], ...]:
    hooks = [(f".law.{hook.id}{place}", text) for hook in script().law.values() for place, text in said(hook.say)]
    return (*said(script()), *hooks)


def questions() -> list[tuple[str, Question]]:
    own = [(f"{c.id}.{q.key}", q) for c in script().categories.values() for q in c.questions]
    return [*script().questions.items(), *own]


def test_all_texts_are_looked_at() -> None:
    assert len(told()) > 2000


def test_no_sentence_has_over_20_words() -> None:
    assert {place: found for place, text in told() if (found := long_sentences(text))} == {}


def test_nothing_is_promised_that_the_law_does_not() -> None:
    assert {place: found for place, text in told() if (found := promises(text))} == {}


def test_nothing_is_left_empty_or_untranslated() -> None:
    assert [place for place, text in told() if not text.strip()] == []
    alike = [q.ask.fr for _, q in questions() if q.ask.fr == q.ask.en]
    assert alike == []


def test_the_name_of_a_platform_fits_where_it_is_put() -> None:
    french = [(place, text) for place, text in told() if ".fr" in place]
    before = [(place, m[1]) for place, text in french for m in re.finditer(r"(\S+) \{platform\}", text)]
    assert [pair for pair in before if fold(pair[1]) not in {fold(word) for word in BEFORE_PLATFORM}] == []
    assert [place for place, text in told() if text.startswith("{platform}") or ". {platform}" in text] == []


def test_only_known_slots_are_used() -> None:
    letters = {"platform", "today", "incident_date", "name", "legal_name", "seller_account_id", "amount"}
    found = {(place.split(".")[1], slot) for place, text in told() for slot in re.findall(r"\{(\w+)\}", text)}
    assert {slot for kind, slot in found if kind != "letters"} == {"platform"}
    assert {slot for kind, slot in found if kind == "letters"} == letters


@pytest.mark.parametrize("name", SELLING)
def test_a_problem_comes_with_help_in_both_languages(name: str) -> None:
    category = script().categories[name]
    for language in LANGUAGES:
        assert 2 <= len(category.tonight[language]) <= 4
        assert 2 <= len(category.evidence[language]) <= 5
        assert name in script().letters[language]
    assert len(category.tonight.fr) == len(category.tonight.en)
    assert len(category.evidence.fr) == len(category.evidence.en)
    assert 4 <= len(category.questions) <= 7
    assert 4 <= len(category.more) <= 7
    assert category.law
    assert category.sub_issues
    assert category.guideline


def test_other_has_its_help_too_and_the_list_is_whole() -> None:
    assert set(script().categories) == {*SELLING, "other", "out_of_scope"}
    other = script().categories["other"]
    assert other.tonight.fr
    assert other.evidence.en
    assert all("other" in script().letters[language] for language in LANGUAGES)


def test_a_problem_is_named_in_a_few_plain_words() -> None:
    for category in script().categories.values():
        for language in LANGUAGES:
            assert len(category.short[language].split()) <= 8
            assert category.short[language][0].islower()
            assert len(sentences(category.definition[language])) == 1


def test_each_question_says_why_it_is_asked() -> None:
    assert [key for key, question in questions() if question.why is None] == []


def test_a_choice_has_options_and_nothing_else_does() -> None:
    assert [k for k, q in questions() if (q.kind == "choice") != bool(q.options)] == []


def test_what_is_typed_instead_of_a_button_is_folded_and_means_one_thing() -> None:
    groups = [(k, [(o.id, o.words) for o in q.options]) for k, q in questions()]
    groups += [(str(t.between), [(a.problem, a.words) for a in t.answers]) for t in script().assistant.tie_breaks]
    for place, options in groups:
        words = [word for _, synonyms in options for word in set(synonyms.all)]
        assert [word for word in words if word != fold(word)] == [], place
        assert [word for word in words if words.count(word) > 1] == [], place


def test_a_choice_that_fills_a_field_stays_within_its_values() -> None:
    for place, question in questions():
        field = script().fields.get(question.key)
        if question.options and field is not None and field.values:
            assert {option.id for option in question.options} <= set(field.values), place


def test_percentages_and_amounts_are_bounded() -> None:
    for place, question in questions():
        if question.kind == "percent":
            assert (question.minimum, question.maximum) == (0, 100), place
        if question.kind in {"money", "days", "integer"}:
            assert question.minimum is not None, place


def test_what_can_be_asked_can_be_filed() -> None:
    assert [key for key in script().questions if key not in script().fields] == []


def test_the_summary_has_a_name_for_each_of_its_lines() -> None:
    named = {key.removeprefix("line.") for key in script().wording["fr"] if key.startswith("line.")}
    assert [key for key in script().assistant.summary if script().question(key) is None and key not in named] == []


def test_letters_are_short_polite_and_leave_blanks_to_fill() -> None:
    for language, letters in script().letters.items():
        for name, letter in letters.items():
            words = re.sub(r"\{\w+\}", "", letter).split()
            assert len(words) <= 150, name
            assert letter.startswith("Objet : " if language == "fr" else "Subject: "), name
            assert ("réglementation applicable" if language == "fr" else "rules that apply") in letter, name
            assert "{platform}" in letter, name
            assert letter.rstrip().endswith("{name}"), name


def test_letters_call_no_article_by_number() -> None:
    letters = [text for letters in script().letters.values() for text in letters.values()]
    assert [text for text in letters if re.search(r"\d", text)] == []


def pair(tie: TieBreak) -> frozenset[str]:
    return frozenset(tie.between)


def test_a_question_that_separates_offers_each_problem_once() -> None:
    ties = script().assistant.tie_breaks
    assert [t.between for t in ties if {a.problem for a in t.answers} != pair(t)] == []
    assert [t.between for t in ties if len(t.answers) != len(t.between)] == []
    assert len({pair(t) for t in ties}) == len(ties)


@pytest.mark.parametrize(
    "likely",
    [
        ("account_suspension", "listing_removal"),
        ("listing_removal", "ranking_visibility"),
        ("identity_verification", "product_compliance"),
        ("product_compliance", "ip_complaint_against_seller"),
        ("account_suspension", "funds_withheld"),
        ("fees_commissions", "terms_change"),
        ("fees_commissions", "price_control_parity"),
        ("self_preferencing", "counterfeit_unfair_sellers"),
        ("counterfeit_unfair_sellers", "ip_complaint_against_seller"),
        ("invoicing_documents", "data_tools_access"),
        ("buyer_claims_returns", "logistics_fulfilment"),
        ("reviews_performance", "account_suspension"),
    ],
)
def test_problems_that_look_alike_are_separated_by_one_question(likely: tuple[str, str]) -> None:
    assert [t for t in script().assistant.tie_breaks if set(likely) <= pair(t)]


def test_a_chain_of_consequences_has_no_circle() -> None:
    after: dict[str, set[str]] = {}
    for first, second in script().assistant.precedence:
        after.setdefault(first, set()).add(second)
    for start in after:
        reached, front = set[str](), {start}
        while front:
            front = {n for one in front for n in after.get(one, ())} - reached
            reached |= front
        assert start not in reached


def test_each_status_leads_somewhere_and_tells_the_firm_where_it_stands() -> None:
    statuses = script().statuses
    assert [s.id for s in statuses.values() if not s.next] == ["anonymised"]
    reached, front = set[str](), {"draft"}
    while front:
        reached |= front
        front = {after for one in front for after in statuses[one].next} - reached
    assert reached == set(statuses)
    assert all(len(sentences(s.explain[language])) == 1 for s in statuses.values() for language in LANGUAGES)


def test_names_of_platforms_are_not_shared_and_everyday_words_are_ambiguous() -> None:
    platforms = script().platforms
    names = [fold(n).replace(" ", "") for p in platforms.platforms for n in {p.name, *p.aliases, *p.misspellings}]
    assert [name for name in set(names) if names.count(name) > 1 and name not in _joined()] == []
    assert {"but", "ali", "boulanger", "carrefour", "redoute"} <= set(platforms.ambiguous)
    aliases = {fold(n) for p in platforms.platforms for n in (*p.aliases, *p.misspellings)}
    assert aliases & set(platforms.ambiguous) == set()


def _joined() -> set[str]:
    """Names that differ by a space only and belong to one platform."""
    found: set[str] = set()
    for p in script().platforms.platforms:
        forms = [fold(n).replace(" ", "") for n in {p.name, *p.aliases, *p.misspellings}]
        found |= {form for form in forms if forms.count(form) > 1}
    return found


def test_the_operator_of_the_demonstration_is_nobody_real() -> None:
    service = script().assistant.service
    assert service.email.endswith(".example")
    assert service.phone.startswith("01 99 00")
