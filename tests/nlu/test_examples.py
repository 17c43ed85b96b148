"""Reading training examples: every example with its labels and its place, every bad line an error."""

from pathlib import Path

import pytest

from nlu import default_data
from nlu.backend import Expecting
from nlu.examples import ExampleError, digest, read

SHORT = """version: "3.1"
nlu:
- intent: funds_withheld
  examples: |
    - ils gardent mes ventes

    - [Etsy](platform) bloque mon solde
"""
LONG = """version: "3.1"
nlu:
- intent: account_suspension
  examples:
  - text: |
      compte fermé et solde gardé
    metadata:
      labels: [account_suspension, funds_withheld]
"""
ACT = """version: "3.1"
nlu:
- intent: inform
  examples:
  - text: |
      20
    metadata: {asking: loss_pct_turnover, kind: percent}
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path) -> tuple[str, int, str]:
    with pytest.raises(ExampleError) as raised:
        read(folder)
    return raised.value.file, raised.value.line, raised.value.problem


def test_each_line_is_an_example_with_its_place(tmp_path: Path) -> None:
    first, second = read(write(tmp_path, "fr/problems/money.yml", SHORT))
    assert (first.text, first.labels, first.language, first.task) == (
        "ils gardent mes ventes",
        ("funds_withheld",),
        "fr",
        "problems",
    )
    assert (second.text, second.file, second.line) == ("Etsy bloque mon solde", "fr/problems/money.yml", 7)


def test_an_example_may_have_several_labels_the_main_one_first(tmp_path: Path) -> None:
    write(tmp_path, "fr/problems/money.yml", SHORT)
    write(tmp_path, "fr/problems/account.yml", LONG)
    assert read(tmp_path)[0].labels == ("account_suspension", "funds_withheld")


def test_an_act_knows_what_had_been_asked(tmp_path: Path) -> None:
    (example,) = read(write(tmp_path, "en/acts/inform.yml", ACT))
    assert example.expecting == Expecting(asking="loss_pct_turnover", kind="percent")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (SHORT.replace("    - ils", "    ils"), 5, "begins with a dash"),
        (SHORT.replace("- ils gardent mes ventes", "-  "), 5, "the example is empty"),
        (SHORT.replace("intent: funds_withheld", "intent: "), 3, "has no intent"),
        (SHORT.replace("examples: |", "exemples: |"), 4, "'exemples' means nothing here"),
        (SHORT.replace("nlu:", "nlu: ["), 3, "not YAML"),
        ("", 1, "the file is empty"),
        ('version: "3.1"\n', 1, "`nlu` is missing"),
        (LONG, 5, "unknown label 'funds_withheld'"),
        (LONG.replace("[account_suspension, funds_withheld]", "[funds_withheld]"), 8, "name the intent first"),
        (LONG.replace("    metadata:", "    meta:"), 7, "'meta' means nothing here"),
        (LONG.replace("      compte fermé et solde gardé", "      "), 5, "the example is empty"),
    ],
)
def test_a_bad_line_is_an_error_with_its_place(tmp_path: Path, text: str, line: int, problem: str) -> None:
    file, at, said = refused(write(tmp_path, "fr/problems/bad.yml", text))
    assert (file, at) == ("fr/problems/bad.yml", line)
    assert problem in said


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "fr" / "acts").mkdir(parents=True)
    (tmp_path / "fr" / "acts" / "bad.yml").write_bytes(b"nlu: \xff")
    assert refused(tmp_path)[2] == "not UTF-8 text"


def test_a_folder_without_examples_is_an_error(tmp_path: Path) -> None:
    assert "no examples" in refused(tmp_path)[2]


def test_the_digest_follows_every_change(tmp_path: Path) -> None:
    before = digest(write(tmp_path, "fr/problems/money.yml", SHORT))
    assert digest(tmp_path) == before
    assert digest(write(tmp_path, "fr/problems/money.yml", SHORT + "    - encore\n")) != before


def test_the_examples_that_come_with_portevoix_can_all_be_read() -> None:
    languages = {(example.language, example.task) for example in read(default_data())}
    assert languages == {("fr", "problems"), ("fr", "acts"), ("en", "problems"), ("en", "acts")}
