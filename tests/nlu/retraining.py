"""Messages made by the dozen, and models that learnt them: some well labelled, some not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from nlu.comparison import Item, Pool
from nlu.training import train
from tests.nlu.conftest import ACTS, NOW

_SAID: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "account_suspension": (
        ("mon compte vendeur", "notre compte", "ma boutique", "mon espace de vente"),
        ("est suspendu", "a été fermé", "est désactivé", "a été bloqué par eux"),
    ),
    "funds_withheld": (
        ("mon argent", "le solde de mes ventes", "mes virements", "le paiement de mes ventes"),
        ("reste retenu chez eux", "est gelé", "n'arrive plus sur ma banque", "n'est pas versé"),
    ),
    "fees_commissions": (
        ("la commission", "les frais de vente", "leur tarif", "la commission sur les ventes"),
        ("augmente trop", "a doublé", "passe de 10 à 15 %", "est devenue trop chère"),
    ),
    "dropshipping_ban": (
        ("la livraison directe", "l'envoi par le grossiste", "la vente sans stock", "la livraison par un tiers"),
        ("est interdite", "n'est plus permise", "nous vaut un blâme", "est bannie du règlement"),
    ),
}
_OPENINGS = (
    "",
    "bonjour, ",
    "depuis lundi ",
    "voilà, ",
    "sans prévenir ",
    "chez eux ",
    "encore une fois ",
    "je vends et ",
)
NEW = "dropshipping_ban"
LABELS = tuple(_SAID)


def texts(label: str, openings: slice) -> list[str]:
    """All ways to say it, with some ways to begin."""
    subjects, verbs = _SAID[label]
    return [f"{opening}{subject} {verb}" for opening, subject, verb in product(_OPENINGS[openings], subjects, verbs)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Where models are trained, all from the same examples but for those that are named."""

    path: Path

    def train(self, name: str, labels: Mapping[str, slice], samples: Sequence[Mapping[str, Any]] = ()) -> Path:
        data, models = self.path / name / "data", self.path / "models"
        for label, openings in labels.items():
            _write(data / "fr" / "problems" / f"{label}.yml", label, texts(label, openings))
        for act, said in ACTS.items():
            _write(data / "fr" / "acts" / f"{act}.yml", act, [text.strip() for text in said["fr"].split("\n")])
        file = self.path / name / "samples.jsonl"
        file.write_text("".join(json.dumps(dict(sample)) + "\n" for sample in samples), encoding="utf-8")
        return train(data, models, progress=lambda _step, _share: None, at=NOW, samples=file, becomes_latest=False)


def _write(path: Path, label: str, said: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    item = {"intent": label, "examples": [{"text": text} for text in said]}
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": [item]}, allow_unicode=True), encoding="utf-8")


def batch(
    label: str, openings: slice, *, flipped: int = 0, to: Sequence[str] = (), first: int = 1
) -> list[dict[str, Any]]:
    """Samples, of which the first so many are labelled as `to` in turn."""
    return [
        {
            "id": first + at,
            "text": text,
            "language": "fr",
            "task": "problems",
            "labels": [to[at % len(to)] if at < flipped else label],
            "person": f"person {at}",
        }
        for at, text in enumerate(texts(label, openings))
    ]


def items(samples: Sequence[Mapping[str, Any]], pool: Pool, chance: float = 1.0) -> Iterator[Item]:
    for sample in samples:
        yield Item(
            name=f"sample:{sample['id']}",
            pool=pool,
            text=sample["text"],
            language="fr",
            task="problems",
            labels=tuple(sample["labels"]),
            chance=chance,
            at=NOW,
        )
