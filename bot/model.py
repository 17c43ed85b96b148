"""The classifier in use: loaded from the data folder, and trained first where it is missing or out of date."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import nlu
from bot import lessons
from bot.given import now
from bot.settings import Settings
from bot.values import CommandError
from nlu import examples
from nlu.backend import NLU, NLUError
from storage.corrections import Labelled
from stories.script import Platforms, Script

if TYPE_CHECKING:
    from nlu.embedded import EmbeddedNLU
    from nlu.versions import Versions

Tell = Callable[[str], None]

WORDS_ALONE = "words and letters alone"


def tell(step: str) -> None:
    """Show a step on the terminal, each in the place of the one before; on a line of its own in a file.

    The last step stays on the terminal, and so does a sentence.
    """
    sys.stderr.write(f"\r{step:<60}" if sys.stderr.isatty() else f"{step}\n")
    sys.stderr.write("\n" if sys.stderr.isatty() and step.endswith(("done", ".")) else "")
    sys.stderr.flush()


def load(settings: Settings, script: Script, tell: Tell) -> NLU:
    """The reader that NLU_BACKEND names. Raises CommandError."""
    return reader(settings, script, embedded(settings, script.platforms, tell))


def reader(settings: Settings, script: Script, embedded: EmbeddedNLU | Versions) -> NLU:
    """The reader that NLU_BACKEND names; behind one over the network stands the embedded one."""
    manifest = embedded.manifest
    match settings.nlu_backend:
        case "embedded":
            return embedded
        case "rasa":
            from nlu.chain import Chain
            from nlu.rasa import RasaNLU

            rasa = RasaNLU(
                settings.rasa_url,
                platforms=script.platforms,
                problems=manifest["problems"],
                acts=manifest["acts"],
                token=settings.rasa_token,
                patience=settings.rasa_timeout.total_seconds(),
            )
            return Chain(rasa, embedded)
        case "llm":
            from nlu.chain import Chain
            from nlu.llm import LanguageModel

            model = LanguageModel(
                script,
                url=settings.llm_url,
                model=settings.llm_model,
                key=settings.llm_key,
                patience=settings.llm_timeout.total_seconds(),
            )
            return Chain(model, embedded)


def data_folder(settings: Settings) -> Path:
    """The examples to learn from: those in PORTEVOIX_HOME where it has any, else those that come with Portevoix."""
    return settings.data if settings.data.is_dir() else nlu.default_data()


def embedded(settings: Settings, platforms: Platforms, tell: Tell) -> EmbeddedNLU:
    """The embedded model that was last in use here, trained first where that is due. Raises CommandError."""
    if nlu.needs_training(settings.models, data_folder(settings), settings.encoder):
        train(settings, tell)
    folder = nlu.latest(settings.models)
    if folder is None:
        raise CommandError(f"no model was written in {settings.models}: run `portevoix nlu train`")
    try:
        return nlu.load(folder, platforms)
    except NLUError as error:
        raise CommandError(str(error)) from error


def train(settings: Settings, tell: Tell, labelled: Sequence[Labelled] = ()) -> Path:
    """Train in a process of its own, so that what training needs is given back. Raises CommandError.

    `labelled`: what officials said that messages mean, to learn from besides the examples.
    """
    data = data_folder(settings)
    try:
        examples.read(data)
    except examples.ExampleError as error:
        raise CommandError(f"nothing can be learnt from {data}: {error}") from error
    said = told = ""
    with lessons.written(settings.training.folder, labelled) as samples:
        command = training_command(settings, settings.models, samples)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as training:  # noqa: S603  # Our own module.
            for line in training.stdout or ():
                said = line.strip()
                share, tab, step = said.partition("\t")
                if tab and said != told:
                    told = said
                    tell(f"Learning from the examples: {share:>4} {step}")
    if training.returncode:
        tell("Nothing was learnt: the model in use stays as it was.")
        raise CommandError(said if said and "\t" not in said else "the training failed, for the reason above")
    for sentence in _compared(Path(said)):
        tell(sentence)
    return Path(said)


def training_command(settings: Settings, models: Path, samples: Path | None) -> list[str]:
    """What trains a model into that folder, from the examples and a file of labelled messages."""
    command = [sys.executable, "-m", "nlu.training", str(data_folder(settings)), str(models), "--at", now().isoformat()]
    command += [] if settings.encoder is None else [f"--encoder={settings.encoder}"]
    return command + ([] if samples is None else ["--samples", str(samples)])


def _compared(folder: Path) -> Iterator[str]:
    """What two encoders were worth to this model, and which one it has; nothing where one alone was tried."""
    from nlu.embedded import read_manifest

    manifest = read_manifest(folder)
    compared = manifest["comparison"]
    if compared is None:
        return
    for tried in compared["tried"]:
        figures = "; ".join(
            f"{language}: main problem {of['primary_accuracy']:.3f}, macro F1 {of['macro_f1']:.3f}, "
            f"acts {of['act_accuracy']:.3f}"
            for language, of in tried["metrics"].items()
        )
        yield f"{tried['mean']:.3f} in cross-validation with {tried['encoder'] or WORDS_ALONE} ({figures})."
    adopted = manifest["encoder"] != compared["shipped"]
    yield f"{compared['candidate']} is {'' if adopted else 'not '}adopted."
