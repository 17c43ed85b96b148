"""Whatever is said, the core answers, files only what was confirmed, and gives the same again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from stories.asking import NOT_A_FIELD
from stories.dialogue import advance, expecting, listening
from stories.effects import FileCase, Say, Silence
from stories.types import Conversation, Entity, Label, Message, Supplies, Turn, Understanding
from tests.stories.talk import script

STATE = TypeAdapter(Conversation)
START = datetime(2026, 11, 23, 21, 47, tzinfo=UTC)
TEXTS = [
    "amazone m'a viré début octobre, j'ai perdu 20% et personne répond",
    "Amazon closed my account and keeps my money, Cdiscount refuses my papers",
    "bonjour",
    "oui",
    "non",
    "jsp",
    "je préfère ne pas répondre",
    "A",
    "B",
    "c)",
    "envoyer",
    "envoyez svp",
    "8 oui. envoyer",
    "change 3",
    "3 : le 8 octobre",
    "1: fnac",
    "2 : fonds retenus",
    "99 : rien",
    "0 : x",
    "plutôt 15 000",
    "en fait c'est Cdiscount",
    "retour",
    "recommencer",
    "plus tard",
    "continuer",
    "effacer",
    "retirer mon dossier",
    "mon code",
    "stop",
    "pourquoi ?",
    "mes droits",
    "lettre",
    "english please",
    "en français",
    "où en est mon dossier PV-2026-ABCDE-1",
    "1234 5678 9012 3456",
    "trois questions",
    "ajouter quelque chose",
    "ils vont savoir que c'est moi ?",
    "je vais tout lâcher",
    "deux dossiers",
    "aucun",
    "150 %",
    "-20 %",
    "",
    "   ",
    "😀" * 4000,
    "\x00\x07\u202e",
    "مرحبا",
    "<script>alert(1)</script>",
    "'; DROP TABLE cases; --",
    "{platform} {secret}",
    "14 chiffres 123 456 789 00012",
    "le 31 février",
    "dans trois ans",
    "k" * 30_000,
]
FIELDS = [
    "platform_id",
    "incident_date",
    "loss_eur",
    "loss_pct_turnover",
    "email",
    "siret",
    "nothing",
    "share_platform",
]
choices = st.one_of(
    st.sampled_from(
        [
            "send",
            "erase",
            "erase_yes",
            "keep",
            "later",
            "restart_yes",
            "withdraw_yes",
            "split=two",
            "i_sell",
            "change:platform_id",
            "unknown:platform_id",
            "decline:share_platform",
            "share_platform=named",
            "confirm_problem=none",
            "more_questions",
            "language:en",
            "loss_eur=12",
            "=",
            ":",
            "why",
            "nonsense",
        ]
    ),
    st.integers(0, 12).map(lambda n: f"offered {n}"),
)
labels = st.builds(
    Label,
    id=st.sampled_from(sorted(script().categories)),
    probability=st.floats(0, 1),
    start=st.just(0),
    end=st.just(3),
)
values = st.sampled_from(
    [
        ("platform_id", "amazon"),
        ("platform_id", "cdiscount"),
        ("loss_pct_turnover", 20),
        ("percent", 30),
        ("money", 500),
        ("funds_held_eur", 14_000),
        ("incident_date", {"value": "2026-10", "precision": "month", "approx": True}),
        ("deadline_date", {"value": "2026-11-30", "precision": "day", "approx": False}),
        ("percent_invalid", 150),
        ("facets.no_notice", "yes"),
        ("siret", "73282932000074"),
        ("email", "a@example.org"),
        ("role", "accountant"),
        ("account_status", "closed"),
        ("date_invalid", "31/02"),
        ("notice_days", 0),
        ("listing_ids", "B0TEST0000"),
    ]
).map(lambda pair: Entity(field=pair[0], value=pair[1], text="abc", start=0, end=3))
understandings = st.builds(
    Understanding,
    language=st.sampled_from(["fr", "en", None]),
    problems=st.lists(labels, max_size=4).map(tuple),
    entities=st.lists(values, max_size=4).map(tuple),
    acts=st.lists(
        st.builds(Label, id=st.sampled_from(["deny", "help", "status", "later_pause"]), probability=st.floats(0, 1)),
        max_size=1,
    ).map(tuple),
    by=st.just("fuzz"),
)
actions = st.one_of(
    st.tuples(st.just("text"), st.sampled_from(TEXTS)),
    st.tuples(st.just("text"), st.text(max_size=60)),
    st.tuples(st.just("choice"), choices),
    st.tuples(st.just("form"), st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(TEXTS), max_size=4)),
    st.tuples(st.just("edit"), st.sampled_from(TEXTS)),
    st.tuples(st.just("late"), st.sampled_from(TEXTS)),
    st.tuples(st.just("clock"), st.just("")),
    st.tuples(st.just("official"), st.sampled_from(["taken", "handed_back"])),
    st.tuples(st.just("registry"), st.sampled_from(['{"legal_name": "Atelier Fictif", "siren": "732829320"}', "{}"])),
)
turns = st.lists(st.tuples(actions, understandings), max_size=10)


def message(n: int, what: str, said: object, known: Conversation) -> Message:
    one = {"channel": "fuzz", "chat": "1", "key": f"m{n}", "position": n}
    match what:
        case "choice":
            choice = str(said)
            place = int(choice.split()[1]) if choice.startswith("offered") else None
            if place is not None and known.offered:
                choice = known.offered[place % len(known.offered)]
            return Message(**one, choice=choice)  # type: ignore[arg-type]
        case "form":
            return Message(**one, text="mon compte est fermé par la plateforme", fields=said)  # type: ignore[arg-type]
        case "edit":
            return Message(**one, text=str(said), edits=f"m{max(n - 2, 0)}")  # type: ignore[arg-type]
        case "clock" | "registry":
            return Message(**one, sender=what, text=str(said))  # type: ignore[arg-type]
        case "official":
            return Message(**one, sender="official", event=said)  # type: ignore[arg-type]
        case _:
            return Message(**one, text=str(said))  # type: ignore[arg-type]


@settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(turns)
def test_every_turn_is_answered_and_replays_to_the_same_state(
    said: list[tuple[tuple[str, object], Understanding]],
) -> None:
    known = replayed = Conversation()
    for n, ((what, words), understanding) in enumerate(said):
        turn = Turn(
            messages=(message(n, what, words, known),),
            understanding=understanding,
            at=START + timedelta(hours=n),
            late=what == "late",
            supplies=Supplies(references=(f"PV-2026-0000{n}-A", f"PV-2026-1000{n}-B"), code_hash="h"),
            remindable=n % 2 == 0,
            registry=n % 3 == 0,
        )
        before = known
        known, effects = advance(script(), before, turn)
        assert any(isinstance(effect, Say | Silence) for effect in effects)
        assert all(say.text.strip() for say in effects if isinstance(say, Say))
        hears_none = before.taken and known.taken and what != "form"
        spoken = {effect.key.split(".")[0] for effect in effects if isinstance(effect, Say)}
        assert not hears_none or spoken <= {"emergency", "files"}
        filed = [effect for effect in effects if isinstance(effect, FileCase)]
        assert not filed or (before.asking == "confirm_summary" and not before.filed)
        assert known.asking is None or known.asking in NOT_A_FIELD or script().question(known.asking) or known.answers
        expecting(script(), known)
        listening(known)
        replayed, again = advance(script(), STATE.validate_json(STATE.dump_json(before)), turn)
        assert (replayed, tuple(again)) == (known, tuple(effects))
