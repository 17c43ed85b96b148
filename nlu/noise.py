"""Spoils a text the way phones do: no accents, typing errors, shorthand; to measure how much of it a reader bears."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from random import Random

from stories.types import Language

TYPOS = 0.15
"""Share of the words of LONG letters or more that get one typing error."""
LONG = 4
ABBREVIATED = 0.5
"""Share of what has a shorthand that is written so."""

_SHORT: Mapping[Language, str] = {
    "fr": """
        je suis:jsuis, je ne suis:jsuis, je sais:jsais, je ne sais:jsais, je peux:jpeux, je ne peux:jpeux, j'ai:g,
        c'est:c, ce n'est:c, c'était:ct, est-ce que:esq, qu'est-ce que:keske, qu'il:kil, quelque chose:qqch,
        quelqu'un:qqn, quelque:qq, s'il vous plaît:svp, s'il te plaît:stp, je ne sais pas:jsp, il y a:ya, parce que:pcq,
        tout le monde:tlm, rendez-vous:rdv, tout de suite:tds, aujourd'hui:auj, pourquoi:pk, pour:pr, beaucoup:bcp,
        toujours:tjs, jamais:jms, quand:qd, bonjour:bjr, bonsoir:bsr, salut:slt, problème:pb, problèmes:pbs,
        message:msg, messages:msgs, maintenant:mtn, dans:ds, être:etr, même:mm, comment:cmt, vraiment:vrmt,
        longtemps:lgtps, temps:tps, tout:tt, tous:ts, vous:vs, nous:ns, avec:avc, qui:ki, que:ke, quoi:koi, quel:kel,
        quelle:kelle, combien:cb, désolé:dsl, merci:mci, semaine:sem, semaines:sem, jours:j, heures:h,
        rien:rn, depuis:dps, sont:st, peut-être:ptetr, compte:cpte, téléphone:tel, commande:cmd, commandes:cmds
    """,
    "en": """
        I am:im, I have:ive, you are:ur, do not:dont, don't know:dunno, going to:gonna, want to:wanna,
        as soon as possible:asap, by the way:btw, you:u, your:ur, are:r, please:pls, why:y, for:4, to:2, because:cuz,
        with:w, without:w/o, have:hv, thanks:thx, thank you:ty, people:ppl, message:msg, messages:msgs, account:acct,
        tomorrow:tmrw, about:abt, before:b4, would:wld, should:shld, could:cld, something:smth, someone:sm1,
        really:rly, what:wat, okay:k, today:2day, great:gr8, minutes:mins, week:wk, weeks:wks, number:nb
    """,
}
_KEYS: Mapping[Language, tuple[str, ...]] = {
    "fr": ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    "en": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
}
_WORD = re.compile(r"[^\W\d_]+")


def noised(text: str, language: Language, seed: int) -> str:
    """The text without accents, with typing errors and shorthand; the same text and seed give the same noise."""
    chance = Random(f"{seed} {language} {text}")  # noqa: S311  # Errors are drawn, not secrets.
    short, found = _SHORTHAND[language], _FOUND[language]

    def spoil(match: re.Match[str]) -> str:
        if (brief := short.get(match[0].lower())) and chance.random() < ABBREVIATED:
            return brief
        return _WORD.sub(lambda word: _mistyped(word[0], language, chance), match[0])

    return found.sub(spoil, _unaccented(text))


def _mistyped(word: str, language: Language, chance: Random) -> str:
    """The word, which one in so many times has a letter swapped, dropped, doubled or hit beside."""
    if len(word) < LONG or chance.random() >= TYPOS:
        return word
    at = chance.randrange(len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    swapped, doubled = f"{before}{after[0]}{letter}{after[1:]}", f"{before}{letter}{word[at:]}"
    beside = f"{before}{_beside(letter, language, chance)}{after}"
    return chance.choice((swapped, doubled, before + after, beside))


def _beside(letter: str, language: Language, chance: Random) -> str:
    """A letter whose key touches this one's; the letter itself where it has no key."""
    row = next((row for row in _KEYS[language] if letter.lower() in row), letter)
    at = row.find(letter.lower())
    touching = row[max(at - 1, 0) : at] + row[at + 1 : at + 2]
    return chance.choice(touching or letter)


def _unaccented(text: str) -> str:
    plain = text.replace("œ", "oe").replace("Œ", "Oe").replace("’", "'")
    return "".join(char for char in unicodedata.normalize("NFD", plain) if not unicodedata.combining(char))


def _shorthand(table: str) -> dict[str, str]:
    pairs = (entry.rsplit(":", 1) for entry in " ".join(table.split()).split(", "))
    return {_unaccented(long).lower(): brief for long, brief in pairs}


_SHORTHAND = {language: _shorthand(table) for language, table in _SHORT.items()}
_FOUND = {
    language: re.compile(
        rf"\b(?:{'|'.join(sorted(map(re.escape, table), key=len, reverse=True))})\b|{_WORD.pattern}", re.IGNORECASE
    )
    for language, table in _SHORTHAND.items()
}
"""What has a shorthand, the longest first, or else a word."""
