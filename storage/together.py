"""Those who ask while others are served are served together: one transaction for all who wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class _Group(Generic[Q, A]):
    def __init__(self) -> None:
        self.questions: list[Q] = []
        self.served: asyncio.Task[Sequence[A]]


class Together(Generic[Q, A]):
    """Gathers questions that come one by one into groups, answered one group after the other."""

    def __init__(self, serve: Callable[[Sequence[Q]], Awaitable[Sequence[A]]]) -> None:
        """`serve` gives one answer a question, in order; where it raises, all of the group learn of it."""
        self._serve = serve
        self._group: _Group[Q, A] | None = None
        self._serving = asyncio.Lock()

    async def ask(self, questions: Iterable[Q]) -> Sequence[A]:
        """The answers to these questions; one who goes away does not take the others' with him."""
        group = self._group
        if group is None:
            group = self._group = _Group()
            group.served = asyncio.create_task(self._answer(group))
        start = len(group.questions)
        group.questions.extend(questions)
        end = len(group.questions)
        return (await asyncio.shield(group.served))[start:end]

    async def _answer(self, group: _Group[Q, A]) -> Sequence[A]:
        async with self._serving:
            self._group = None
            return await self._serve(group.questions)
