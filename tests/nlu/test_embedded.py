"""Reading messages with a trained model."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from nlu import latest, load
from nlu.backend import NLU, Ask, Expecting, NLUError
from nlu.clauses import denied, split
from stories.types import Understanding
from tests.nlu.conftest import NOW, PLATFORMS

STORY = "Amazon a fermé mon compte vendeur, ils gardent mon argent et je ne peux plus télécharger mes factures"


@pytest.fixture(scope="module")
def nlu(models: Path) -> NLU:
    folder = latest(models)
    assert folder is not None
    return load(folder, PLATFORMS)


def understand(nlu: NLU, text: str, expecting: Expecting | None = None) -> Understanding:
    return nlu.understand_many([Ask(text=text, at=NOW, expecting=expecting, language="fr")])[0]


def test_a_story_gives_its_problems_each_with_the_clause_that_says_it(nlu: NLU) -> None:
    said = {label.id: STORY[label.start : label.end] for label in understand(nlu, STORY).problems}
    assert said["account_suspension"] == "Amazon a fermé mon compte vendeur"
    assert said["funds_withheld"] == "ils gardent mon argent"
    assert said["invoicing_documents"] == "et je ne peux plus télécharger mes factures"


def test_values_are_read_too(nlu: NLU) -> None:
    entities = understand(nlu, STORY).entities
    assert [(entity.field, entity.value) for entity in entities if entity.field == "platform_id"] == [
        ("platform_id", "amazon")
    ]


def test_the_likeliest_comes_first_and_probabilities_are_probabilities(nlu: NLU) -> None:
    understanding = understand(nlu, STORY)
    for labels in (understanding.problems, understanding.acts):
        odds = [label.probability for label in labels]
        assert odds == sorted(odds, reverse=True)
        assert all(0 < probability <= 1 for probability in odds)


@pytest.mark.parametrize("text", ["pas suspendu, juste pas payé", "my shop is not suspended, they just won't pay me"])
def test_a_problem_that_is_denied_is_not_found(nlu: NLU, text: str) -> None:
    problems = understand(nlu, text).problems
    assert problems[0].id == "funds_withheld"
    assert "account_suspension" not in {label.id for label in problems}


def test_an_answer_is_read_in_the_light_of_its_question(nlu: NLU) -> None:
    understanding = understand(nlu, "20 %", Expecting(asking="loss_pct_turnover", kind="percent"))
    assert understanding.acts[0].id == "inform"
    assert understanding.problems == ()


def test_a_long_story_informs(nlu: NLU) -> None:
    assert understand(nlu, "oui " + "ils ont fermé ma boutique et gardent tout " * 8).acts[0].id == "inform"


def test_the_order_of_the_asks_is_kept(nlu: NLU) -> None:
    asks = [Ask(text=text, at=NOW) for text in ("oui", "they keep my money", "", STORY)]
    alone = [nlu.understand_many([ask])[0] for ask in asks]
    together = nlu.understand_many(asks)
    assert [u.language for u in together] == ["fr", "en", None, "fr"]
    for one, other in zip(alone, together, strict=True):
        assert [label.id for label in one.problems] == [label.id for label in other.problems]
        assert one.acts[:1] == other.acts[:1] or one.acts[0].probability == pytest.approx(other.acts[0].probability)


@pytest.mark.parametrize(
    "text", ["", "   \n", "😀" * 4000, "x" * 100_000, "oui, " * 25_000, "\x00\u202e\ud800", "0" * 500]
)
def test_any_text_gets_a_calm_answer(nlu: NLU, text: str) -> None:
    assert understand(nlu, text).by == nlu.name


def test_no_ask_no_answer(nlu: NLU) -> None:
    assert nlu.understand_many([]) == []


def test_the_name_says_backend_and_version(nlu: NLU, models: Path) -> None:
    folder = latest(models)
    assert folder is not None
    assert nlu.name == f"embedded/{folder.name}"


def test_a_file_that_was_changed_is_refused(models: Path, tmp_path: Path) -> None:
    folder = latest(models)
    assert folder is not None
    copy = Path(shutil.copytree(folder, tmp_path / folder.name))
    (copy / "vocabulary.txt").write_text("autre\nchose", encoding="utf-8")
    with pytest.raises(NLUError, match="vocabulary"):
        load(copy, PLATFORMS)


def test_a_model_whose_encoder_is_missing_is_refused(models: Path, tmp_path: Path) -> None:
    folder = latest(models)
    assert folder is not None
    copy = Path(shutil.copytree(folder, tmp_path / folder.name))
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    (copy / "manifest.json").write_text(json.dumps(manifest | {"encoder": "other-1.0"}), encoding="utf-8")
    with pytest.raises(NLUError, match=r"other-1\.0"):
        load(copy, PLATFORMS)


@pytest.mark.parametrize(
    "other",
    [
        {"calibration": {"any": [1.0], "first": [1.0], "acts": 1.0}},
        {"calibration": {"problems": [[1.0, 0.0], [1.0, 0.0]], "acts": 1.0}},
        {"acts": ["affirm"]},
        {"context": None},
    ],
    ids=str,
)
def test_a_model_of_another_recipe_is_refused_when_it_is_loaded(
    models: Path, tmp_path: Path, other: dict[str, object]
) -> None:
    folder = latest(models)
    assert folder is not None
    shutil.copytree(models, tmp_path, dirs_exist_ok=True)
    about = tmp_path / folder.name / "manifest.json"
    about.write_text(json.dumps(json.loads(about.read_text(encoding="utf-8")) | other), encoding="utf-8")
    with pytest.raises(NLUError, match=r"another version.*nlu train"):
        load(about.parent, PLATFORMS)


def test_a_model_without_the_files_of_its_encoder_is_refused(models: Path, tmp_path: Path) -> None:
    folder = latest(models)
    assert folder is not None
    with pytest.raises(NLUError, match=r"not whole.*nlu train"):
        load(Path(shutil.copytree(folder, tmp_path / folder.name)), PLATFORMS)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NLUError, match="holds no model"):
        load(tmp_path, PLATFORMS)


def test_a_message_waits_for_one_core_alone(models: Path) -> None:
    folder = latest(models)
    assert folder is not None
    with threadpool_limits(2):
        load(folder, PLATFORMS)
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}


def test_serving_loads_no_scikit_learn(models: Path) -> None:
    folder = latest(models)
    script = f"""
import sys
from datetime import UTC, datetime
from pathlib import Path
from nlu import load
from nlu.backend import Ask
from stories.script import Platforms
nlu = load(Path({str(folder)!r}), Platforms(platforms=()))
nlu.understand_many([Ask(text="ils gardent mon argent", at=datetime.now(UTC))])
print(sorted({{"sklearn", "scipy", "pickle5"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_clauses_follow_the_punctuation_and_the_small_words() -> None:
    assert [STORY[start:end] for start, end in split(STORY)] == [
        "Amazon a fermé mon compte vendeur",
        "ils gardent mon argent",
        "et je ne peux plus télécharger mes factures",
    ]


@pytest.mark.parametrize(
    ("clause", "labels"),
    [
        ("mon compte n'a pas été suspendu", {"account_suspension"}),
        ("je ne suis pas encore fermé", {"account_suspension"}),
        ("it wasn't closed", {"account_suspension"}),
        ("mes annonces ne sont pas retirées", {"listing_removal"}),
        ("je ne comprends pas pourquoi mon compte est suspendu", set()),
        ("toujours pas payé", set()),
        ("personne ne répond", set()),
    ],
)
def test_only_the_negated_word_is_denied(clause: str, labels: set[str]) -> None:
    assert denied(clause) == labels
