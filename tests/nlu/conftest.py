"""A small model, trained once from examples made up here; and a real Rasa, trained on a few of Portevoix's own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nlu.exchange import write_rasa_project
from nlu.training import train
from stories.script import Platform, Platforms
from tests.nlu import real_rasa
from tests.nlu.subset import write_subset

PLATFORMS = Platforms(platforms=(Platform(id="amazon", name="Amazon", scope="b2c_goods", misspellings=("amazone",)),))
NOW = datetime(2026, 11, 23, 21, 47, tzinfo=UTC)

PROBLEMS = {
    "account_suspension": {
        "fr": """mon compte vendeur est suspendu
            ils ont fermé ma boutique du jour au lendemain
            compte désactivé sans explication
            notre compte pro a été clôturé par la plateforme
            je suis banni de la place de marché""",
        "en": """my seller account is suspended
            they closed my shop overnight
            our account was deactivated without a reason
            banned from selling since Monday""",
    },
    "funds_withheld": {
        "fr": """ils gardent mon argent depuis mai
            mes virements sont bloqués
            je ne suis plus payé par la plateforme
            mon solde est retenu, pas payé depuis un mois
            ils refusent de me payer mes ventes""",
        "en": """they keep my money
            payouts on hold for weeks
            they won't pay me
            my balance is frozen""",
    },
    "invoicing_documents": {
        "fr": """je ne peux plus télécharger mes factures
            mon comptable attend les relevés de commissions
            impossible de sortir les factures de vente
            aucune facture avec TVA depuis janvier""",
        "en": """I can't download my invoices
            my accountant needs the statements
            no VAT invoice since January""",
    },
}
ACTS = {
    "affirm": {
        "fr": "oui\n c'est ça\n tout à fait\n d'accord\n oui exactement",
        "en": "yes\n that's it\n exactly\n ok then",
    },
    "deny": {"fr": "non\n pas du tout\n non merci\n absolument pas", "en": "no\n not at all\n no thanks\n nope"},
    "inform": {"fr": "le 8 octobre\n 20 %\n sur Cdiscount\n 15 000 euros", "en": "on 8 October\n 20%\n on eBay\n 15k"},
    "human": {
        "fr": "je veux parler à quelqu'un\n un conseiller svp\n passez-moi un humain",
        "en": "I want a human\n let me talk to a person\n a real agent please",
    },
}


def write_examples(folder: Path) -> Path:
    for task, labels in (("problems", PROBLEMS), ("acts", ACTS)):
        for label, languages in labels.items():
            for language, texts in languages.items():
                lines = "\n".join(f"    - {text.strip()}" for text in texts.split("\n"))
                path = folder / language / task / f"{label}.yml"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f'version: "3.1"\nnlu:\n- intent: {label}\n  examples: |\n{lines}\n', encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_examples(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def models(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    train(data, folder, progress=lambda _step, _share: None, at=NOW)
    return folder


@pytest.fixture(scope="session")
def rasa_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Rasa project of a few of our examples, trained."""
    folder = tmp_path_factory.mktemp("rasa")
    write_subset(folder / "data")
    write_rasa_project(folder / "data", folder / "project")
    real_rasa.train(folder / "project", epochs=15)
    return folder / "project"


@pytest.fixture(scope="session")
def rasa_url(rasa_project: Path) -> Iterator[str]:
    """A real Rasa server of that project."""
    with real_rasa.serving(rasa_project) as running:
        yield running.url
