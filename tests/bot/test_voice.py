"""Voice messages are heard on this machine, where faster-whisper is installed and a model is named."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from bot.assembly import assembled
from bot.settings import read
from bot.values import CommandError
from bot.voice import Whisper

LIBRARY = dedent(
    '''
    """Plays faster-whisper, as far as its constructor and its `transcribe` are used."""

    from collections import namedtuple

    Segment = namedtuple("Segment", "text no_speech_prob avg_logprob")
    made = []


    class WhisperModel:
        def __init__(self, model, *, device, compute_type):
            made.append((model, device, compute_type))

        def transcribe(self, sound, *, beam_size, vad_filter):
            assert vad_filter and beam_size
            heard = sound.read().decode().split("|")
            return (Segment(f" {text}", 0.9 if text == "Sous-titrage" else 0.1, -1.5) for text in heard if text), None
    '''
)


@dataclass(frozen=True, slots=True)
class Library:
    """The library in the place of the real one."""

    made: list[tuple[str, str, str]]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    (tmp_path / "faster_whisper.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)
    import faster_whisper

    yield Library(faster_whisper.made)
    del sys.modules["faster_whisper"]


def test_words_are_heard_and_what_is_likely_noise_is_left_out(library: Library) -> None:
    whisper = Whisper("small")
    assert library.made == []
    whisper.load()
    whisper.load()
    assert whisper.words(b"Amazon m'a vire|Sous-titrage|en octobre") == "Amazon m'a vire en octobre"
    assert library.made == [("small", "cpu", "int8")]


@pytest.mark.parametrize("sound", [b"", b"Sous-titrage", b"x" * 5000 + b"|y"])
def test_nothing_is_made_up_of_silence_and_of_what_is_too_long(sound: bytes, library: Library) -> None:
    assert Whisper("small").words(sound) == ""
    assert len(library.made) == 1


def test_what_takes_too_long_is_given_up(library: Library) -> None:
    assert Whisper("small", patience=-1).words(b"Amazon") == ""
    assert library.made


async def test_a_model_without_the_library_does_not_start(tmp_path: Path) -> None:
    settings = read({"PORTEVOIX_HOME": str(tmp_path), "VOICE_MODEL": "small"})
    with pytest.raises(CommandError, match=r"VOICE_MODEL: faster-whisper is missing: install portevoix\[voice\]"):
        async with assembled(settings, tell=print):
            pass
