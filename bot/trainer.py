"""The process of a training: `python -m bot.trainer JOB` takes its stages one after the other, in a folder of its own.

It prints share, tab and stage as it goes. At its end it leaves a result there; or it prints why it has failed, as
`storage.jobs.Failure` names it, and gives 1. It writes nothing anywhere else.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import nlu
from bot import in_service, lessons, measuring, model, scripts
from bot.given import now, read_script
from bot.limits import TrainingSettings
from bot.replaying import Past, last, replay
from bot.settings import Settings, read
from bot.training import MODELS, RESULT, folder_of
from nlu import examples
from nlu.backend import NLUError
from nlu.comparing import compare, compare_read
from nlu.comparison import COMPARISON, VERDICT
from nlu.examples import Example, ExampleError
from nlu.samples import read_samples
from storage import jobs, models, samples, teams
from storage.corrections import Labelled
from storage.crypto import read_ring
from storage.database import Database
from storage.jobs import Failure
from storage.models import Trained
from storage.teams import Team
from stories.script import Script

SAMPLES = "samples.jsonl"
REPLAYED = 200
"""Real conversations that are taken again."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None}
"""What a full disk says; numpy says nothing."""
MEMORY = re.compile(r"MemoryError|[Mm]emory allocation|[Cc]annot allocate memory|can't start new thread")
STARVED = (-signal.SIGSEGV, -signal.SIGABRT)
"""What a process says that gets no more memory, and how it dies where a library did not look whether it got some."""
BEHIND = {
    "snapshot": 0.0, "training": 0.02, "comparing": 0.6, "replaying": 0.75, "playing": 0.85, "checking": 0.97,
    "registering": 0.98,
}  # fmt: skip
"""How much is behind us when a stage begins."""


class FailedError(Exception):
    """Nothing can come of this training."""

    def __init__(self, because: Failure) -> None:
        super().__init__(because)
        self.because: Failure = because


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What there is to learn from and to measure on at this moment."""

    kind: str
    """As in `jobs`."""
    live: str
    script: Script
    labelled: Sequence[Labelled]
    past: Sequence[Past]
    queues: Sequence[Team]


def tell(stage: str, share: float = 0.0) -> None:
    """How far it is: `share` is that of the stage."""
    after = min((behind for behind in BEHIND.values() if behind > BEHIND[stage]), default=1.0)
    sys.stdout.write(f"{BEHIND[stage] + share * (after - BEHIND[stage]):.3f}\t{stage}\n")
    sys.stdout.flush()


async def read_database(settings: Settings, job_id: int) -> Snapshot:
    """Raises FailedError where no model is in use, with which another could be compared; and CommandError."""
    packaged = read_script(settings.script_folder)
    database, ring = Database(settings.database_url), read_ring(settings.keys)
    try:
        script = await scripts.published(database, packaged)
        async with database.read() as session:
            live = await models.live(session)
            if live is None:
                raise FailedError("no_model")
            labelled = await samples.labelled(session, ring)
            job = await jobs.find(session, job_id)
            return Snapshot(
                kind=job.kind if job is not None else "embedded", live=live, script=script, labelled=labelled,
                past=await last(session, ring, REPLAYED), queues=await teams.every(session),
            )  # fmt: skip
    finally:
        await database.close()


def train(settings: Settings, folder: Path, labelled: Sequence[Labelled]) -> Path:
    """Train in a process of its own, so that what training needs is given back. Raises FailedError."""
    made = folder / MODELS
    made.mkdir()
    for encoder in settings.models.iterdir():
        if not (encoder / "manifest.json").exists() and encoder.is_dir() and not encoder.name.startswith("."):
            (made / encoder.name).symlink_to(encoder.absolute(), target_is_directory=True)
    written = lessons.write(folder / SAMPLES, labelled) if lessons.learnt(labelled) else None
    command, said = model.training_command(settings, made, written), ""
    errors = folder / "errors.txt"
    with (
        errors.open("w", encoding="utf-8") as aside,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=aside, text=True) as training,  # noqa: S603  # Our own module.
    ):
        for line in training.stdout or ():
            share, tab, _ = line.partition("%\t")
            if tab:
                tell("training", int(share) / 100)
            else:
                said = line.strip()
    if training.returncode:
        raise FailedError(_why(training.returncode, said, errors.read_text(encoding="utf-8", errors="replace")))
    return made / Path(said).name


def _why(code: int, said: str, errors: str) -> Failure:
    """What the training's last words mean; they are told to nobody, since they may hold a person's."""
    if MEMORY.search(said + errors) or code in STARVED:
        return "memory"
    if code < 0:
        return "killed"
    if "OSError" in errors or said.startswith("no model can be written"):
        return "disk"
    return "broken" if "Traceback" in errors else "examples"


def work(settings: Settings, job_id: int, at: datetime) -> None:
    """Take all stages. Raises FailedError, and OSError or MemoryError where the machine is too small."""
    folder = folder_of(settings.training, job_id)
    tell("snapshot")
    snapshot = asyncio.run(read_database(settings, job_id))
    tell("training")
    if snapshot.kind == "rasa":
        result = on_rasa(settings, folder, snapshot, at)
    else:
        result = measure(settings, snapshot, train(settings, folder, snapshot.labelled), at)
    tell("registering")
    (folder / SAMPLES).unlink(missing_ok=True)
    (folder / RESULT).write_text(json.dumps(result), encoding="utf-8")


def on_rasa(settings: Settings, folder: Path, snapshot: Snapshot, at: datetime) -> dict[str, Any]:
    """Train the Rasa server on the same, and compare what it reads of the test. Raises FailedError and OSError."""
    from nlu.rasa_training import train_and_ask

    items = [item for item in measuring.items((), snapshot.labelled, at) if item.pool == "test"]
    if not items:
        raise FailedError("no_test")
    written = lessons.write(folder / SAMPLES, snapshot.labelled) if lessons.learnt(snapshot.labelled) else None
    data, platforms = model.data_folder(settings), snapshot.script.platforms
    try:
        asked = train_and_ask(
            settings.rasa_url, settings.rasa_token, data, written, items,
            lambda _, share: tell("training", share), platforms=platforms,
        )  # fmt: skip
    except NLUError as error:
        raise FailedError("rasa") from error
    tell("comparing")
    live = settings.models / snapshot.live
    known = learnt(examples.read(data), folder / SAMPLES)
    comparison = compare_read(live, asked.model, items, asked.predictions, platforms=platforms, learnt=known)
    sampled = tuple(one.id for one in lessons.learnt(snapshot.labelled))
    about = {"version": asked.model, "created": at.isoformat(timespec="seconds"), "metrics": {}}
    document = COMPARISON.dump_python(comparison, mode="json")
    trained = Trained(version=asked.model, digest="", about=about, samples=sampled, comparison=document)
    return {"trained": asdict(trained), "looked": len(items)}


def measure(settings: Settings, snapshot: Snapshot, candidate: Path, at: datetime) -> dict[str, Any]:
    """What the candidate is worth beside the model in use, as a result. Raises NLUError."""
    script = snapshot.script
    live, shipped = settings.models / snapshot.live, examples.read(model.data_folder(settings))
    known = learnt(shipped, candidate.parent.parent / SAMPLES)
    items = measuring.items(shipped, snapshot.labelled, at)
    tell("comparing")
    comparison = compare(live, candidate, items, platforms=script.platforms, learnt=known)
    readers = nlu.load(live, script.platforms), nlu.load(candidate, script.platforms)
    tell("replaying")
    comparison = replace(comparison, replay=replay(snapshot.past, script, *readers, snapshot.queues))
    tell("playing")
    comparison = replace(comparison, stories=measuring.played(script, *readers, lambda share: tell("playing", share)))
    tell("checking")
    verdict = measuring.judged(comparison, (live, candidate), readers)
    trained = replace(
        in_service.trained(candidate),
        comparison=COMPARISON.dump_python(comparison, mode="json"),
        verdict=VERDICT.dump_python(verdict, mode="json"),
    )
    return {"trained": asdict(trained), "looked": sum(item.pool == "test" for item in items)}


def learnt(shipped: Sequence[Example], written: Path) -> list[Example]:
    """All that the candidate learnt, and with it what the model in use did: what is labelled is learnt each time."""
    return [*shipped, *(read_samples(written, shipped) if written.exists() else ())]


def main() -> int:
    settings, job_id = read(os.environ), int(sys.argv[1])
    sys.excepthook = _hush
    _bind(settings.training)
    try:
        work(settings, job_id, now())
    except FailedError as error:
        because = error.because
    except ExampleError:
        because = "examples"
    except MemoryError:
        because = "memory"
    except OSError as error:
        if error.errno not in FULL:
            raise
        because = "disk"
    else:
        return 0
    sys.stdout.write(f"{because}\n")
    return 1


def _bind(limits: TrainingSettings) -> None:
    """Take no more memory than allowed, let all others go first, and end with whoever began this process."""
    most = limits.megabytes * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    _go_last()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _go_last() -> None:
    """Have a processor only while nobody else wants it; Linux may share them out among sessions first."""
    os.nice(19)
    if sys.platform == "linux":
        with suppress(OSError):  # A container may forbid it.
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text("19", encoding="ascii")


def _end_with_parent() -> None:
    """Its end of the pipe closes when it dies, however it dies."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)


def _hush(_kind: type[BaseException], error: BaseException, _places: TracebackType | None) -> None:
    """Tell where it broke, without the message, which may hold words."""
    from bot.web import where

    sys.stderr.write(f"training: {where(error)}\n")


if __name__ == "__main__":
    raise SystemExit(main())
