"""Turns voice messages into text, on this machine, with faster-whisper where it is installed."""

from __future__ import annotations

import io
import time
from importlib.util import find_spec
from threading import Lock
from typing import Any, Protocol

from bot.values import CommandError

PATIENCE = 180.0
"""Seconds after which a voice message is given up; those of a phone take a few."""
LONGEST = 4000
"""Characters: nobody confirms more."""
NOISE, DOUBT = 0.6, -1.0
"""A passage that is likelier noise than speech, and whose words are doubtful, is left out: Whisper invents some."""


class Transcriber(Protocol):
    """Hears what was said. Both calls may take long: they are made beside the event loop."""

    def load(self) -> None:
        """Be ready; called again, do nothing."""
        ...

    def words(self, sound: bytes) -> str:
        """What was said; nothing where nothing was understood."""
        ...


class Whisper:
    """faster-whisper on the processor, in eight-bit numbers."""

    def __init__(self, model: str, *, patience: float = PATIENCE) -> None:
        """`model`: its name or folder. Raises CommandError where faster-whisper is missing."""
        if find_spec("faster_whisper") is None:
            raise CommandError("VOICE_MODEL: faster-whisper is missing: install portevoix[voice], or unset VOICE_MODEL")
        self._name, self._patience = model, patience
        self._loaded, self._loading = None, Lock()

    def load(self) -> None:
        self._model()

    def words(self, sound: bytes) -> str:
        until = time.monotonic() + self._patience
        passages, _ = self._model().transcribe(io.BytesIO(sound), beam_size=5, vad_filter=True)
        heard: list[str] = []
        for passage in passages:  # Each is heard when it is asked for.
            if time.monotonic() > until or sum(map(len, heard)) > LONGEST:
                return ""
            if passage.no_speech_prob < NOISE or passage.avg_logprob > DOUBT:
                heard.append(passage.text.strip())
        return " ".join(heard).strip()

    def _model(self) -> Any:  # noqa: ANN401  # The library is not always here.
        with self._loading:
            if self._loaded is None:
                from faster_whisper import WhisperModel

                self._loaded = WhisperModel(self._name, device="cpu", compute_type="int8")
            return self._loaded
