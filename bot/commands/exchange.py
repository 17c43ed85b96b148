"""`portevoix nlu export` and `import`: the examples out, to be edited or given to Rasa, and in again."""

from __future__ import annotations

from argparse import Namespace

from bot import model
from bot.given import read_script
from bot.settings import Settings
from bot.values import CommandError
from nlu import default_data, exchange
from nlu.examples import ExampleError


def write(settings: Settings, asked: Namespace) -> None:
    """Write the examples in use where they can be edited, or a project that Rasa can be trained on."""
    folder = asked.rasa or settings.data
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CommandError(f"{folder} is there already: {'name a new folder' if asked.rasa else 'edit what it holds'}")
    try:
        if asked.rasa is not None:
            exchange.write_rasa_project(model.data_folder(settings), folder)
            print(f"{folder} holds a Rasa project: its README.md says how to train and serve it.")
        else:
            exchange.copy(default_data(), folder)
            print(f"Edit the examples in {folder}, then put them in use with `portevoix nlu train`.")
    except ExampleError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {error.strerror}") from error


def bring_in(settings: Settings, asked: Namespace) -> None:
    """Check examples and learn from them from the next training on; where one is wrong nothing is changed."""
    if not asked.source.exists():
        raise CommandError(f"{asked.source} is not there")
    current, whole = model.data_folder(settings), asked.source.is_dir()
    try:
        known = exchange.labels(read_script(settings.script_folder).categories)
        files = exchange.gather(asked.source, asked.language, known)
        exchange.put_in(files, settings.data, current, whole=whole, known=known)
    except ExampleError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename}: {error.strerror}") from error
    print(f"{len(files)} files brought in: `portevoix nlu train` puts them in use.")
