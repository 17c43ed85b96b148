"""The name of a recurring problem: the form in which it is given, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from console import labels
from console.pages import page, words
from console.wording import Words
from storage.problems import Naming, Problem

LONGEST_TITLE, LONGEST_ABOUT = 120, 400


def form(
    request: Request, typed: Mapping[str, str], *, problem: Problem | None = None, wrong: str = "", status: int = 422
) -> Response:
    """The page where a problem is named; `problem`: the one that is named anew."""
    said = words(request)
    return page(
        request, "problems/name.html", status=status if wrong else 200, typed=typed, problem=problem, wrong=wrong,
        platforms=platforms(said), categories=categories(said), longest=(LONGEST_TITLE, LONGEST_ABOUT),
    )  # fmt: skip


def now(problem: Problem) -> dict[str, str]:
    """What the form holds for a problem that has a name."""
    named = problem.named
    return {
        "title": named.title,
        "about": problem.about,
        "platform": named.platform_id or "",
        "category": named.category or "",
    }


def read(said: Words, fields: Mapping[str, str]) -> Naming | str:
    """What the form names; or what is wrong with it, in words."""
    title, about = " ".join(fields.get("title", "").split()), " ".join(fields.get("about", "").split())
    if not title or len(title) > LONGEST_TITLE:
        return said("problem.title.wrong", most=LONGEST_TITLE)
    if len(about) > LONGEST_ABOUT:
        return said("problem.about.wrong", most=LONGEST_ABOUT)
    platform_id, category_id = fields.get("platform", ""), fields.get("category", "")
    return Naming(
        title=title,
        about=about,
        platform_id=platform_id if platform_id in dict(platforms(said)) else None,
        category=category_id if category_id in said.script.categories else None,
    )


def platforms(said: Words) -> Sequence[tuple[str, str]]:
    """Ids and names, by name."""
    found = [(one.id, one.name) for one in said.script.platforms.platforms]
    return sorted(found, key=lambda one: one[1].casefold())


def categories(said: Words) -> Sequence[tuple[str, str]]:
    found = [(one.id, one.label[said.language]) for one in said.script.categories.values()]
    return sorted(found, key=lambda one: one[1].casefold())


def platform(said: Words, platform_id: str | None) -> str:
    return labels.value(said, "platform_id", platform_id) if platform_id else said("cases.unknown")


def category(said: Words, category_id: str | None) -> str:
    return labels.problem(said, category_id)
