"""All of Portevoix goes out to a Rasa project and comes back byte for byte; what cannot is named by its line."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu import default_data, rasa_domain, rasa_project, rasa_stories
from nlu.examples import Example, ExampleError
from nlu.rasa_project import Project, export, gathered, take_in, unzipped, zipped
from stories.script import Script, default_folder, load, parse
from stories.story import CONVERSATIONS
from tests.nlu import real_rasa
from tests.nlu.real_rasa import QUIET
from tests.nlu.subset import write_subset

STORIES = {path.relative_to(CONVERSATIONS).as_posix(): path.read_text() for path in CONVERSATIONS.rglob("*.yml")}


@pytest.fixture(scope="session")
def script() -> Script:
    return load(default_folder())


@pytest.fixture(scope="session")
def small(script: Script, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of few examples and conversations, and the whole script."""
    folder = tmp_path_factory.mktemp("small")
    write_subset(folder)
    whole = gathered(folder, script, [])
    names = ("fr/rafale_et_doubles.yml", "fr/corrections.yml", "en/doors.yml")
    return replace(whole, stories={name: STORIES[name] for name in names})


@pytest.fixture(scope="session")
def files(small: Project) -> dict[str, str]:
    return export(small)


def test_everything_that_comes_with_portevoix_comes_back_as_it_was(script: Script) -> None:
    ours = gathered(default_data(), script, [CONVERSATIONS])
    assert not take_in(unzipped(zipped(export(ours))), ours).any


def test_equal_projects_are_equal_archives(small: Project, files: dict[str, str]) -> None:
    assert zipped(files) == zipped(dict(reversed(export(small).items())))


def test_only_what_was_changed_changes(small: Project, files: dict[str, str]) -> None:
    old = small.script.wording["fr"]["thanks_story"]
    edited = {
        **files,
        "domain.yml": files["domain.yml"].replace(old, "Merci, c'est noté."),
        "data/fr/acts/affirm.yml": files["data/fr/acts/affirm.yml"] + "# vu\n",
        "tests/fr/test_corrections.yml": files["tests/fr/test_corrections.yml"].replace("12 000 €", "13 000 €"),
        "config.yml": files["config.yml"].replace("epochs: 100", "epochs: 50"),
    }
    changes = take_in(edited, small)
    assert changes.data == {"fr/acts/affirm.yml": small.data["fr/acts/affirm.yml"] + "# vu\n"}
    assert changes.stories == {"fr/corrections.yml": STORIES["fr/corrections.yml"].replace("12 000 €", "13 000 €")}
    assert changes.around.keys() == {"config.yml"}
    (text,) = changes.script.values()
    assert parse({**small.script.sources, **changes.script}).wording["fr"]["thanks_story"] == "Merci, c'est noté."
    before = small.script.sources["wording/fr.yml"].splitlines()
    differ = [line for line, other in zip(text.splitlines(), before, strict=True) if line != other]
    assert differ == ['thanks_story: "Merci, c\'est noté."']
    shown = list(rasa_project.diff(changes, small))
    assert '+thanks_story: "Merci, c\'est noté."' in shown
    assert sum(line.startswith("+++") for line in shown) == 4


def test_a_sentence_of_several_lines_and_one_in_braces_are_changed_in_their_places(
    small: Project, files: dict[str, str]
) -> None:
    domain = yaml.safe_load(files["domain.yml"])
    domain["responses"]["utter_notice"][0]["text"] = "Un\n\ndeux: trois"
    domain["responses"]["utter_question.funds_withheld.funds_held_eur"][1]["text"] = "How much?"
    changes = take_in({**files, "domain.yml": yaml.safe_dump(domain, sort_keys=False)}, small)
    new = parse({**small.script.sources, **changes.script})
    assert new.wording["fr"]["notice"] == "Un\n\ndeux: trois"
    assert new.categories["funds_withheld"].questions[0].ask["en"] == "How much?"
    assert changes.script.keys() == {"wording/fr.yml", "categories/funds_withheld.yml"}


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


@pytest.mark.parametrize(
    ("name", "edit", "problem"),
    [
        ("domain.yml", ("  utter_added:", "  utter_dance:"), "is no sentence of the script"),
        ("domain.yml", ("- act_affirm", "- act_dance"), "'act_dance' is not there"),
        ("domain.yml", ("  legal_name:\n    type: text", "  legal_name:\n    type: bool"), "legal_name follows from"),
        ("domain.yml", ("    text: It is added", "    image: x\n    text: It is added"), "nothing else"),
        ("domain.yml", ("actions:", "forms: {}\nactions:"), "`forms` cannot be carried"),
        ("data/fr/acts/affirm.yml", ("act_affirm", "affirm_it"), None),
        ("tests/fr/test_corrections.yml", ("utter_corrected", "utter_x\n  - dance: x\n  - action: y"), "dance"),
    ],
)
def test_what_cannot_be_carried_is_named_by_its_line(
    small: Project, files: dict[str, str], name: str, edit: tuple[str, str], problem: str | None
) -> None:
    words, new = edit
    edited = {**files, name: files[name].replace(words, new, 1)}
    if problem is None:
        with pytest.raises(ExampleError, match=r"domain.yml:\d+: `intents`"):
            take_in(edited, small)
        return
    with pytest.raises(ExampleError) as raised:
        take_in(edited, small)
    assert (raised.value.file, problem in raised.value.problem) == (name, True), raised.value
    assert abs(raised.value.line - line_of(files[name], words)) <= 5


@pytest.mark.parametrize("name", ["actions/actions.py", "credentials.yml", "data/rules.yml", "data/fr/x.yml"])
def test_a_file_that_has_no_place_here_is_an_error(small: Project, files: dict[str, str], name: str) -> None:
    with pytest.raises(ExampleError) as raised:
        take_in({**files, name: "x: y\n"}, small)
    assert raised.value.file == name


@pytest.mark.parametrize("name", ["domain.yml", "config.yml", "tests/fr/test_corrections.yml"])
def test_a_file_that_is_missing_is_an_error(small: Project, files: dict[str, str], name: str) -> None:
    with pytest.raises(ExampleError, match=f"^{name}:1: this file is missing"):
        take_in({one: text for one, text in files.items() if one != name}, small)


def test_a_line_of_ours_that_rasa_dropped_is_missed(small: Project, files: dict[str, str]) -> None:
    name = "tests/fr/test_rafale_et_doubles.yml"
    kept = [line for line in files[name].splitlines(keepends=True) if "    key: recit" not in line]
    with pytest.raises(ExampleError, match=r"lines are Portevoix's own, and \d+ are there"):
        take_in({**files, name: "".join(kept)}, small)


STEPS = st.sampled_from([
    "  - user: |\n      bonjour\n", "  - user: |\n      oui\n    key: k\n", "  - choice: send\n",
    '  - choice: "no"  # vu\n',
    "  - choice: change:loss_eur\n    at: 2026-11-24T09:00:00+01:00\n", "  - wait: 3 days\n", "  - asking: null\n",
    "  - burst:\n    - a\n\n    # milieu\n    - b\n", "  - action: utter_x\n    bot: |\n      y\n\n", "  # un mot\n",
    "  - slot_was_set:\n    - a: 1\n    choices: [b, c]\n", "  - {wait: 1 hour}\n", "  - official: taken\n",
    '  - bot: "{intent"\n',
])  # fmt: skip
ENDS = st.sampled_from(
    ["", "  case: {a: 1}\n", "  cases:\n  - a: 1\n\n  - b: [c]\n", "  filed: 0  # rien\n", "\n# fin\n"]
)
BEGINS = st.sampled_from(["", "  begins: 2026-11-24T09:00:00+01:00\n", "  # avant\n  messages_from_firm: 3\n"])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(BEGINS, st.lists(STEPS, min_size=1, max_size=5), ENDS), min_size=1, max_size=3),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_conversation_goes_out_in_the_form_of_rasa_and_comes_back_as_it_was(
    stories: list[tuple[str, list[str], str]], end: str
) -> None:
    told = [f"- story: s\n{begins}  steps:\n  - user: a\n{''.join(steps)}{ends}" for begins, steps, ends in stories]
    text = 'version: "3.1"\nstories:\n' + "".join(told)
    text = text.replace("\n", end)
    out = rasa_stories.to_rasa(text, "x.yml")
    assert rasa_stories.from_rasa(out, "x.yml") == text
    for one in yaml.safe_load(out)["stories"]:
        assert one.keys() == {"story", "steps"}
        for step in one["steps"]:
            (rest,) = step.keys() - {"entities"}
            assert rest in {"user", "action", "bot", "slot_was_set", "intent"}


@settings(deadline=None, max_examples=8)
@given(text=st.text("ab é'\"\\:#{}[]-|>&*!%@`?,\n\t😡\u2028", min_size=1, max_size=40))
def test_any_sentence_goes_into_the_script_as_it_was_written(script: Script, text: str) -> None:
    domain = rasa_domain.write(script, [], [], [])
    old = f"    text: {script.wording['fr']['thanks_story']}\n"
    assert old in domain
    changed = rasa_domain.read(
        domain.replace(old, f"    text: {json.dumps(text, ensure_ascii=False)}\n"), script, domain
    )
    assert parse({**script.sources, **changed}).wording["fr"]["thanks_story"] == text


def test_masked_messages_that_were_labelled_come_along_as_examples(small: Project) -> None:
    said = Example(
        text="[nom](x) ne me paie plus", labels=("funds_withheld", "account_suspension"), language="fr",
        task="problems", file="", line=1,
    )  # fmt: skip
    out = export(small, [said])
    changes = take_in(out, small)
    (entry,) = yaml.safe_load(changes.data["fr/problems/officials.yml"])["nlu"]
    assert entry["metadata"] == {"labels": ["funds_withheld", "account_suspension"]}
    assert entry["examples"] == [{"text": "[nom] (x) ne me paie plus"}]


@pytest.mark.parametrize("name", ["../x.yml", "/etc/x.yml", "a/../../x.yml", "C:/x.yml", "a\\..\\x.yml"])
def test_no_file_of_an_archive_leaves_its_folder(name: str) -> None:
    with pytest.raises(ExampleError, match="own folder"):
        unzipped(archive({name: b"x"}))


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive at all"])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(ExampleError, match="no ZIP archive"):
        unzipped(data)


def test_an_archive_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(ExampleError, match="larger than"):
        unzipped(archive({"x.yml": b"\0" * (rasa_project.MOST_BYTES + 1)}))
    with pytest.raises(ExampleError, match="not UTF-8"):
        unzipped(archive({"x.yml": b"\xff"}))


def archive(files: dict[str, bytes]) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            out.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return kept.getvalue()


@pytest.mark.full
def test_a_real_rasa_finds_the_project_valid(script: Script, tmp_path: Path) -> None:
    for name, text in export(gathered(default_data(), script, [CONVERSATIONS])).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        [shutil.which("nice") or "nice", real_rasa.command("rasa"), "data", "validate", "--data", "data", "tests"],
        cwd=tmp_path, env={**os.environ, **QUIET}, capture_output=True, timeout=600, check=False,
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == 0, said[-2000:]
    assert "Project validation completed with errors" not in said
