"""What a training costs: 20,000 examples, of which some are samples; time, processor time and memory.

The samples are examples that come with Portevoix, joined two by two within a label and spoilt as phones do, each said
by a person of its own. The training is the command that a job runs, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nlu import default_data
from nlu.examples import Example, read
from nlu.noise import noised
from stories.types import Language

EXAMPLES = 20_000
SAMPLES = 2_000
"""At least; more where the examples of the data are fewer than the rest."""
SECONDS = 600
MEGABYTES = 1500
AT = "2026-11-30T12:00:00+00:00"


def samples(examples: list[Example], count: int) -> Iterator[dict[str, object]]:
    chance = Random(20261130)
    alike = defaultdict[tuple[Language, str], list[Example]](list)
    for example in examples:
        if example.task == "problems" and len(example.labels) == 1:
            alike[example.language, example.labels[0]].append(example)
    groups = sorted(alike)
    for number in range(1, count + 1):
        language, label = chance.choice(groups)
        one, other = chance.choices(alike[language, label], k=2)
        yield {
            "id": number,
            "text": noised(f"{one.text} {other.text}", language, number),
            "language": language,
            "task": "problems",
            "labels": [label],
            "person": f"{number:x}",
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="at least so many, samples included")
    parser.add_argument("--data", type=Path, default=default_data(), help="folder of the examples")
    given = parser.parse_args()
    examples = read(given.data)
    count = max(given.examples - len(examples), SAMPLES)
    with tempfile.TemporaryDirectory() as folder:
        file, models = Path(folder) / "samples.jsonl", Path(folder) / "models"
        lines = (json.dumps(one, ensure_ascii=False) for one in samples(examples, count))
        file.write_text("\n".join(lines), encoding="utf-8")
        command = [sys.executable, "-m", "nlu.training", str(given.data), str(models), "--at", AT]
        began = time.monotonic()
        done = subprocess.run(
            [*command, "--samples", str(file), "--candidate"], check=True, stdout=subprocess.PIPE, text=True
        )
        seconds = time.monotonic() - began
        metrics = json.loads((Path(done.stdout.splitlines()[-1]) / "manifest.json").read_text())["metrics"]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    megabytes = used.ru_maxrss / 1024
    load = os.getloadavg()
    print(f"{len(examples) + count} examples, {count} of them samples; load average {load[0]:.1f}, {load[1]:.1f}")
    print(f"time {seconds:.0f} s (at most {SECONDS}), processor {used.ru_utime + used.ru_stime:.0f} s")
    print(f"memory at its peak {megabytes:.0f} MB (at most {MEGABYTES})")
    for language, figures in metrics.items():
        print(f"{language}: main problem {figures['primary_accuracy']:.3f}, acts {figures['act_accuracy']:.3f}")
    sys.exit(seconds > SECONDS or megabytes > MEGABYTES)


if __name__ == "__main__":
    main()
