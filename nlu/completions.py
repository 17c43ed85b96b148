"""Asking an OpenAI-compatible `/chat/completions` endpoint, within a time, as often as it is worth it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nlu.backend import NLUError

AT_ONCE = 8
"""Requests under way together."""
PAUSES = (0.25, 0.5, 1.0)
"""Seconds before each further try, where the endpoint does not say how long to wait."""
SEED = 1
MOST_TOKENS = 1500
LARGEST = 1_000_000
"""Bytes of an answer that are read."""
_REFUSED = frozenset({httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY})
_LOOK_AT: Mapping[int, str] = {
    httpx.codes.UNAUTHORIZED: ": look at LLM_KEY",
    httpx.codes.FORBIDDEN: ": look at LLM_KEY",
    httpx.codes.NOT_FOUND: ": look at LLM_URL and LLM_MODEL",
}


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class _Message(_Wire):
    content: str


class _Choice(_Wire):
    message: _Message


class _Completion(_Wire):
    choices: tuple[_Choice, ...] = Field(min_length=1)


class Completions:
    """One model of one endpoint, which is always told the same instructions and answers in the same form."""

    def __init__(
        self, url: str, *, model: str, key: str | None, instructions: str, schema: Mapping[str, Any], patience: float
    ) -> None:
        """`url` ends where `/chat/completions` follows; `patience` is the seconds that all answers have together."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(headers=headers, limits=httpx.Limits(max_connections=AT_ONCE))
        self._address = f"{url}/chat/completions"
        self._instructions = {"role": "system", "content": instructions}
        self._patience = patience
        self._body = {
            "model": model,
            "temperature": 0,
            "max_tokens": MOST_TOKENS,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "labels", "strict": True, "schema": schema},
            },
        }
        self._seed: dict[str, int] = {"seed": SEED}

    def answer_many(self, told: Sequence[str]) -> list[str]:
        """What the model says to each, in order. Raises NLUError, without any of these words, where one has no answer.

        What is under way then ends by itself when its time is up.
        """
        deadline = time.monotonic() + self._patience
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="llm")
        try:
            asked = [pool.submit(self._answer, one, deadline) for one in told]
            done, late = wait(asked, self._patience, return_when=FIRST_EXCEPTION)
            for one in done:
                one.result()
            if late:
                raise _out_of_time()
            return [one.result() for one in asked]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _answer(self, told: str, deadline: float) -> str:
        messages = [self._instructions, {"role": "user", "content": told}]
        content = self._insist({**self._body, "messages": messages}, deadline)
        try:
            return _Completion.model_validate_json(content).choices[0].message.content
        except ValidationError as error:
            raise NLUError("the language model's endpoint answered with something else than a completion") from error

    def _insist(self, body: Mapping[str, Any], deadline: float) -> bytes:
        """The endpoint's answer, asked for again where it is busy or broken. Raises NLUError."""
        pauses = list(PAUSES)
        while True:
            seed = self._seed
            status, wanted, content = self._post({**body, **seed}, deadline)
            if status == httpx.codes.OK:
                return content
            if status in _REFUSED and seed:
                self._seed = {}  # Mistral refuses the parameter; the others take it.
                continue
            busy = status == httpx.codes.TOO_MANY_REQUESTS or httpx.codes.is_server_error(status)
            if not busy or not pauses:
                raise NLUError(f"the language model's endpoint answered HTTP {status}{_LOOK_AT.get(status, '')}")
            pause = pauses.pop(0) if wanted is None else wanted
            if time.monotonic() + pause >= deadline:
                raise NLUError(f"the language model's endpoint answered HTTP {status}, and there is no time to wait")
            time.sleep(pause)

    def _post(self, body: Mapping[str, Any], deadline: float) -> tuple[int, float | None, bytes]:
        """Status, the seconds that it asks to wait, and body of one answer. Raises NLUError."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise _out_of_time()
        content = b""
        try:
            with self._client.stream("POST", self._address, json=body, timeout=left) as response:
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > LARGEST:
                        raise NLUError("the language model's endpoint answers without end")
                    if time.monotonic() > deadline:
                        raise _out_of_time()
        except httpx.TimeoutException as error:
            raise _out_of_time() from error
        except httpx.HTTPError as error:
            raise NLUError(f"the language model's endpoint cannot be asked: {type(error).__name__}") from error
        return response.status_code, _wanted(response), content


def _wanted(response: httpx.Response) -> float | None:
    seconds = response.headers.get("retry-after", "")
    return float(seconds) if seconds.isascii() and seconds.isdigit() else None


def _out_of_time() -> NLUError:
    return NLUError("the language model did not answer in time: look at LLM_SECONDS")
