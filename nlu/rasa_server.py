"""What is said to a Rasa server and what it answers, in time or not at all."""

from __future__ import annotations

import re
import time
from types import MappingProxyType
from typing import TypeVar

import httpx
from pydantic import BaseModel, Field, ValidationError

from nlu.backend import NLUError

ATTEMPTS = 3
BACKOFF = 0.1
"""Seconds before the second attempt; before each further one, three times as many."""
LARGEST = 1_000_000
"""Bytes of one answer."""
REMEDIES = MappingProxyType(
    {
        401: "RASA_TOKEN must be what the server was given as --auth-token",
        403: "RASA_TOKEN must be what the server was given as --auth-token",
        404: "RASA_URL must name a server started with `rasa run --enable-api`",
        409: "it has no model: train one on what `portevoix nlu export --rasa DIR` writes",
    }
)
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)


class Guess(BaseModel):
    """One intent with its probability."""

    name: str | None
    confidence: float = Field(ge=0, le=1.001, allow_inf_nan=False)


class Parsed(BaseModel):
    """What the server makes of one text."""

    intent_ranking: tuple[Guess, ...] = Field(min_length=1)


class Status(BaseModel):
    """Which model the server has loaded."""

    model_file: str


Answer = TypeVar("Answer", bound=BaseModel)


class RasaServer:
    """A Rasa server, asked until the patience is over."""

    def __init__(self, client: httpx.Client, patience: float) -> None:
        """`patience`: seconds from now for all that is asked."""
        self._client, self._patience = client, patience
        self._deadline = time.monotonic() + patience

    def model(self) -> str:
        """Name the model in use. Raises NLUError."""
        status = self._read(Status, self._client.build_request("GET", "status"))
        return _UNSAFE.sub("-", status.model_file.rpartition("/")[2].removesuffix(".tar.gz"))

    def parse(self, text: str) -> Parsed:
        """Raises NLUError, without a word of the text."""
        sent = text.encode("utf-8", "replace").decode()  # Half an emoji is no text.
        return self._read(Parsed, self._client.build_request("POST", "model/parse", json={"text": sent}))

    def _read(self, answer: type[Answer], request: httpx.Request) -> Answer:
        content = self._ask(request)
        try:
            return answer.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            place = ".".join(str(step) for step in first["loc"]) or "JSON"
            what = f"{place}: {first['type'].replace('_', ' ')}"
        raise NLUError(f"the Rasa server's answer to {request.url.path} cannot be used: {what}")

    def _ask(self, request: httpx.Request) -> bytes:
        """The body of a good answer; what may pass is tried again."""
        problem = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(min(BACKOFF * 3 ** (attempt - 1), self._left()))
            try:
                status, content = self._once(request)
            except httpx.TimeoutException as error:
                raise self._too_slow() from error
            except httpx.TransportError as error:
                problem = type(error).__name__
                continue
            if status == httpx.codes.OK:
                return content
            problem = f"status {status}"
            if not httpx.codes.is_server_error(status):
                break
        remedy = f": {REMEDIES[status]}" if problem.startswith("status") and status in REMEDIES else ""
        raise NLUError(f"the Rasa server failed at {request.url.path}, {problem}{remedy}")

    def _once(self, request: httpx.Request) -> tuple[int, bytes]:
        """Status and body. However slowly it comes, nothing is waited for beyond the deadline."""
        request.extensions["timeout"] = httpx.Timeout(self._left()).as_dict()
        response = self._client.send(request, stream=True)
        try:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                self._left()
                if len(content) > LARGEST:
                    raise NLUError(f"the Rasa server's answer to {request.url.path} is longer than {LARGEST} bytes")
            return response.status_code, bytes(content)
        finally:
            response.close()

    def _left(self) -> float:
        """Seconds that remain. Raises NLUError where none do."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self._too_slow()
        return left

    def _too_slow(self) -> NLUError:
        return NLUError(f"the Rasa server did not answer within {self._patience:g} s")
