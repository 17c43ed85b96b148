"""Examples go out to Rasa and come back byte for byte."""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nlu import default_data
from nlu.examples import NOTHING, ExampleError, Task, digest, read
from nlu.exchange import PREFIXES, copy, from_rasa, gather, put_in, to_rasa, write_rasa_project
from tests.nlu.conftest import ACTS, PROBLEMS, write_examples

FILE = "fr/problems/money.yml"
KNOWN: Mapping[Task, frozenset[str]] = {"problems": frozenset({*PROBLEMS, NOTHING}), "acts": frozenset(ACTS)}
TEXT = """# Ce que gardent les plateformes.
version: "3.1"

nlu:
- synonym: Amazon   # pas seulement .fr
  examples: |
    - amazone
    - AMZ
- intent: funds_withheld  # le plus fréquent
  metadata: {labels: [funds_withheld, account_suspension]}
  examples: |
    - [Etsy](platform) garde mes [300 balles]{"entity": "money", "value": "300"}

    - intent: rien
- regex: iban
  examples: |
    - FR\\d{2}
- lookup: platform
  examples: |
    - Cdiscount
- "intent": 'account_suspension'
  examples:
    - text: >-
        compte fermé,
        « du jour au lendemain » 😡
      metadata:
        labels: ["account_suspension"]
"""


def test_only_the_names_of_intents_change() -> None:
    changed = TEXT.replace("intent: funds", "intent: problem_funds").replace("'account_", "'problem_account_")
    assert to_rasa(TEXT, "problems", FILE) == changed
    assert from_rasa(changed, "problems", FILE) == TEXT


NAMES = st.text(string.ascii_lowercase + "_", min_size=1, max_size=12).map(lambda name: f"x{name}")
WORDS = st.text("abcé'’ #:-,.?!{}😡[]()\"", max_size=30).map(lambda text: f"m{text}")
COMMENTS = st.sampled_from(["", "# rien\n", "  # en retrait : intent: faux\n", "\n", "\n\n"])
NAMED = st.sampled_from(["{}", "'{}'", '"{}"', "   {}  # vu", "'{}'   "])
METADATA = st.sampled_from(
    ["", "  metadata: {labels: [intent]}\n", "  metadata:\n    intent: [a, b]  # ni l'un ni l'autre\n"]
)


@st.composite
def intents(draw: st.DrawFn) -> str:
    name = draw(NAMED).format(draw(NAMES))
    if draw(st.booleans()):
        lines = "".join(f"    - {text}\n" for text in draw(st.lists(WORDS, min_size=1, max_size=3)))
        return f"- intent: {name}\n{draw(METADATA)}  examples: |\n{lines}"
    told = "".join(
        f"  - text: {draw(st.sampled_from(['|', '>-', '|2-']))}\n      {text}\n{draw(COMMENTS)}"
        for text in draw(st.lists(WORDS, min_size=1, max_size=3))
    )
    return f"- intent: {name}\n{draw(METADATA)}  examples:\n{told}"


@st.composite
def others(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["synonym", "regex", "lookup"]))
    lines = "".join(f"    - {text}\n" for text in draw(st.lists(WORDS, min_size=1, max_size=3)))
    return f"- {kind}: {draw(NAMES)}\n  examples: |\n{lines}"


@st.composite
def documents(draw: st.DrawFn) -> str:
    items = draw(st.lists(st.one_of(intents(), others()), min_size=1, max_size=5))
    head = draw(
        st.sampled_from(['version: "3.1"\nnlu:\n', "nlu:\n", "---\nnlu:\n", "\ufeffnlu:\n", "# 😡 é\n\nnlu: # tout\n"])
    )
    text = head + "".join(item + draw(COMMENTS) for item in items)
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(documents(), st.sampled_from(["problems", "acts"]))
def test_whatever_goes_out_comes_back_as_it_was(text: str, task: Task) -> None:
    changed = to_rasa(text, task, FILE)
    assert from_rasa(changed, task, FILE) == text
    before, after = (yaml.safe_load(one.removeprefix("\ufeff"))["nlu"] for one in (text, changed))
    for item in before:
        if "intent" in item:
            item["intent"] = PREFIXES[task] + item["intent"]
    assert after == before


@pytest.mark.parametrize("name", ["&a help", "!!str help", "|\n    help", '"h\\x65lp"', "[help]"])
def test_an_intent_that_is_not_named_plainly_is_an_error_with_its_place(name: str) -> None:
    with pytest.raises(ExampleError, match=r"^fr/acts/a.yml:3: "):
        to_rasa(f"version: '3.1'\nnlu:\n- intent: {name}\n  examples: |\n    - aide\n", "acts", "fr/acts/a.yml")


def test_a_prefix_that_is_missing_once_is_an_error_with_its_place() -> None:
    text = to_rasa(TEXT, "problems", FILE).replace("'problem_account", "'account")
    with pytest.raises(ExampleError, match=r"^fr/problems/money.yml:21: 'account_suspension' does not begin with"):
        from_rasa(text, "problems", FILE)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_examples_of_portevoix_come_back_from_a_rasa_project_as_they_were(tmp_path: Path) -> None:
    write_rasa_project(default_data(), tmp_path / "project")
    back = gather(tmp_path / "project", None, KNOWN)
    copy(default_data(), tmp_path / "data")
    assert {name: text.encode() for name, text in back.items()} == contents(tmp_path / "data")


def test_a_rasa_project_holds_what_rasa_needs(data: Path, tmp_path: Path) -> None:
    write_rasa_project(data, tmp_path)
    assert {"config.yml", "domain.yml", "endpoints.yml", "README.md"} <= contents(tmp_path).keys()
    pipeline = yaml.safe_load((tmp_path / "config.yml").read_text())["pipeline"]
    assert "DIETClassifier" in [component["name"] for component in pipeline]
    assert yaml.safe_load((tmp_path / "domain.yml").read_text())["intents"] == [
        "act_affirm", "act_deny", "act_human", "act_inform",
        "problem_account_suspension", "problem_funds_withheld", "problem_invoicing_documents",
    ]  # fmt: skip


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    return write_examples(tmp_path / "edited")


def test_a_folder_replaces_all_there_were_and_those_are_kept(edited: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    put_in(gather(edited, None, KNOWN), home / "data", default_data(), whole=True, known=KNOWN)
    before = digest(home / "data")
    assert before == digest(edited)
    (edited / "fr/acts/affirm.yml").unlink()
    put_in(gather(edited, None, KNOWN), home / "data", home / "data", whole=True, known=KNOWN)
    assert contents(home / "data") == contents(edited)
    assert digest(home / "data.previous") == before


def test_a_file_comes_beside_what_is_there(edited: Path, tmp_path: Path) -> None:
    (tmp_path / "nlu.yml").write_text(
        TEXT.replace("intent: funds", "intent: problem_funds").replace("'account", "'problem_account")
    )
    files = gather(tmp_path / "nlu.yml", "fr", KNOWN)
    assert files == {"fr/problems/nlu.yml": TEXT}
    put_in(files, tmp_path / "data", edited, whole=False, known=KNOWN)
    assert contents(tmp_path / "data") == contents(edited) | {"fr/problems/nlu.yml": TEXT.encode()}


def test_a_file_of_another_project_goes_where_its_intents_belong(tmp_path: Path) -> None:
    path = tmp_path / "yes.yaml"
    path.write_text("nlu:\n- intent: affirm\n  examples: |\n    - yes\n")
    assert list(gather(path, "en", KNOWN)) == ["en/acts/yes.yml"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (TEXT.replace("account_suspension]", "dance]"), "12: unknown label 'dance': no intent has this name"),
        (TEXT.replace("account_suspension", "dance"), "12: unknown label 'dance': the problems are"),
        (TEXT.replace("    - intent: rien", "    intent: rien"), "14: an example begins with a dash"),
        (TEXT.replace("metadata: {", "metadata: {{"), "11: not YAML"),
        (TEXT + "stories: []\n", "28: 'stories' means nothing here"),
        (TEXT.replace("amazone", "amaz\x07ne"), "1: not YAML"),
    ],
)  # fmt: skip
def test_nothing_is_brought_in_where_anything_is_wrong(edited: Path, tmp_path: Path, text: str, problem: str) -> None:
    home = write_examples(tmp_path / "home" / "data")
    (edited / "fr/problems/money.yml").write_text(text)
    (edited / "fr/problems/funds_withheld.yml").unlink()
    with pytest.raises(ExampleError) as raised:
        put_in(gather(edited, None, KNOWN), home, home, whole=True, known=KNOWN)
    assert str(raised.value).startswith(f"fr/problems/money.yml:{problem}")
    assert contents(home) == contents(write_examples(tmp_path / "same"))
    assert [path.name for path in home.parent.iterdir()] == ["data"]


@pytest.mark.parametrize(
    ("files", "language", "problem"),
    [
        ({}, None, "no examples here"),
        ({"a.yml": "nlu: []\n"}, None, "a.yml:1: which language is it?"),
        ({"a.yml": "nlu:\n- intent: dance\n  examples: |\n    - x\n"}, "fr", "2: the intent 'dance' is none of ours"),
        ({"a.yml": "nlu:\n- intent: deny\n- intent: funds_withheld\n"}, "fr", "3: one file holds problems or acts"),
        ({"a/x.yml": "nlu:\n- intent: deny\n", "b/x.yml": "nlu:\n- intent: deny\n"}, "fr", "b/x.yml:1: another file"),
    ],
)  # fmt: skip
def test_what_belongs_nowhere_is_an_error_with_its_place(
    tmp_path: Path, files: Mapping[str, str], language: Literal["fr"] | None, problem: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(ExampleError) as raised:
        gather(tmp_path, language, KNOWN)
    assert problem in str(raised.value)


def test_a_part_of_the_examples_is_not_taken_for_the_whole(edited: Path, tmp_path: Path) -> None:
    for path in (edited / "en/acts").iterdir():
        path.unlink()
    with pytest.raises(ExampleError, match="en/acts:1: no examples"):
        put_in(gather(edited, None, KNOWN), tmp_path / "data", edited, whole=True, known=KNOWN)
    assert read(edited)
