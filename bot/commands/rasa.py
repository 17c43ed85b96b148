"""`portevoix rasa export` and `import`: all of Portevoix as a Rasa project, and what was changed there back again."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from bot import model
from bot.given import read_script
from bot.settings import Settings
from bot.values import CommandError
from nlu import exchange, rasa_project
from nlu.examples import ExampleError
from nlu.rasa_project import Changes, Project
from stories.script import default_folder
from stories.story import CONVERSATIONS

AROUND = "rasa"
"""The folder in PORTEVOIX_HOME with Rasa's own files, where some were brought in."""


def write(settings: Settings, asked: Namespace) -> None:
    """Write the project into a new folder, or as a ZIP archive."""
    target: Path = asked.target
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CommandError(f"{target} is there already: name a new folder or file")
    try:
        files = rasa_project.export(project(settings))
        if target.suffix == ".zip":
            target.write_bytes(rasa_project.zipped(files))
        else:
            _write(files, target)
    except ExampleError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{target} cannot be written: {error.strerror}") from error
    print(f"{len(files)} files in {target}: its README.md says how to train and serve it.")


def bring_in(settings: Settings, asked: Namespace) -> None:
    """Show what is otherwise in a project, and take it in; where anything cannot be carried nothing is changed."""
    source: Path = asked.source
    if not source.exists():
        raise CommandError(f"{source} is not there")
    try:
        ours = project(settings)
        files = rasa_project.of_folder(source) if source.is_dir() else rasa_project.unzipped(source.read_bytes())
        changes = rasa_project.take_in(files, ours)
        for line in rasa_project.diff(changes, ours):
            print(line)
        if changes.any and not asked.dry_run:
            _take_in(settings, ours, changes)
    except ExampleError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from error
    if not changes.any:
        print("Nothing is otherwise there.")
    elif asked.dry_run:
        print("Nothing was taken in, as you asked.")
    else:
        print("Taken in: `portevoix nlu train` puts changed examples in use.")


def project(settings: Settings) -> Project:
    """Portevoix as it is used now. Raises ExampleError."""
    folders = [CONVERSATIONS, *([settings.stories_folder] if settings.stories_folder else [])]
    script = read_script(settings.script_folder)
    return rasa_project.gathered(model.data_folder(settings), script, folders, settings.home / AROUND)


def _take_in(settings: Settings, ours: Project, changes: Changes) -> None:
    if changes.script and settings.script_folder in {None, default_folder()}:
        raise CommandError("sentences were changed: set SCRIPT_FOLDER to a copy of the script, which may be changed")
    if changes.stories and settings.stories_folder is None:
        raise CommandError("conversations were changed: set STORIES_FOLDER to the folder that shall have them")
    if changes.data or changes.gone:
        data = {**{name: text for name, text in ours.data.items() if name not in changes.gone}, **changes.data}
        current = model.data_folder(settings)
        exchange.put_in(data, settings.data, current, whole=True, known=exchange.labels(ours.script.categories))
    for texts, folder in (
        (changes.script, settings.script_folder), (changes.stories, settings.stories_folder),
        (changes.around, settings.home / AROUND),
    ):  # fmt: skip
        if texts and folder is not None:
            _write(texts, folder)


def _write(files: Mapping[str, str], folder: Path) -> None:
    """Each file whole or not at all."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(text.encode())
        shutil.move(fresh, path)
