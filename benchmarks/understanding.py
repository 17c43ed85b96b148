"""How long and how much memory reading messages takes: `python benchmarks/understanding.py [MODELS]`."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from subprocess import run

from nlu import default_data, latest, load
from nlu.backend import NLU, Ask
from stories import script

AT = datetime(2026, 11, 23, 21, 47, tzinfo=UTC)
TEXTS = tuple(
    f"{place} a {done} {what} le {day} octobre, {after} et personne ne répond"
    for place in ("Amazon", "Cdiscount", "Etsy", "Rakuten")
    for done, what in (("suspendu", "mon compte"), ("retiré", "mes annonces"), ("gardé", "mes ventes"))
    for after in ("je perds 20 % de mon chiffre", "mon comptable attend les factures")
    for day in range(1, 17)
)
BATCH = 32


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        models = Path(sys.argv[1]) if len(sys.argv) > 1 else _train(Path(scratch))
        folder = latest(models)
        assert folder is not None, f"{models} holds no model"
        platforms = script.load(script.default_folder()).platforms
        before, start = _memory(), time.perf_counter()
        nlu = load(folder, platforms)
        print(f"load            {time.perf_counter() - start:8.2f} s   {_memory() - before:.0f} MB more than before")
        _read(nlu)
        print(f"memory          {_memory():8.0f} MB, the script and everything else included")


def _train(models: Path) -> Path:
    start = time.perf_counter()
    command = [sys.executable, "-m", "nlu.training", str(default_data()), str(models), "--at", AT.isoformat()]
    run(command, check=True, capture_output=True)
    print(f"train           {time.perf_counter() - start:8.1f} s   with cross-validation and calibration")
    return models


def _read(nlu: NLU) -> None:
    asks = [Ask(text=text, at=AT) for text in TEXTS]
    alone = []
    for ask in asks[: len(asks) // 2]:
        start = time.perf_counter()
        nlu.understand_many([ask])
        alone.append(1000 * (time.perf_counter() - start))
    alone.sort()
    print(f"one at a time   {alone[len(alone) // 2]:8.2f} ms a message (p95 {alone[len(alone) * 95 // 100]:.2f})")
    rest = asks[len(asks) // 2 :]
    start = time.perf_counter()
    for at in range(0, len(rest), BATCH):
        nlu.understand_many(rest[at : at + BATCH])
    print(f"{BATCH} at a time    {1000 * (time.perf_counter() - start) / len(rest):8.2f} ms a message")


def _memory() -> float:
    """Resident megabytes of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1000


if __name__ == "__main__":
    main()
