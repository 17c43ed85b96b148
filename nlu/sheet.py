"""Lays the examples out as numbers: words and letters, sentence vectors, what had been asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from threadpoolctl import threadpool_limits

from nlu.backend import Expecting
from nlu.embedded import Passages, alone
from nlu.encoder import Encoder
from nlu.examples import NOTHING, Example
from nlu.features import context, letter_grams, needs_encoder, word_grams, words
from nlu.kernel import Learnt
from stories.types import Language

Array = NDArray[np.float32]
Rows = NDArray[np.intp]
Table: TypeAlias = sparse.csr_matrix

LEAST_TEXTS = 2
"""A sequence of letters is kept from this number of texts on."""
LEAST_PERSONS = 3
"""What only samples of real messages say is kept from this number of persons on: a name is said by its firm alone."""
COMMON = 0.08
"""What more than this share of the texts have tells nothing and is not kept."""
DIRECTIONS = 192
"""Of the sentence vectors' directions those in which the examples differ most are kept."""
INFORM_EVERY = 8
"""One story in so many stands among the dialogue acts, as `inform`."""
ACT_EVERY = 8
"""One act in so many that answers nothing asked stands among the stories, as no problem."""
THREADS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Every example as numbers, a row an example."""

    examples: tuple[Example, ...]
    passages: tuple[Passages, ...]
    grams: tuple[str, ...]
    idf: Array
    """How telling each gram is: the fewer texts have it the more."""
    table: Table
    """Words, then letters, each part of length 1; a column a gram."""
    encoder: Encoder | None
    """None: the features are words and letters alone."""
    directions: Array
    """Turns a sentence vector into one of the sheet: shape (dimensions of the encoder, directions)."""
    vectors: Array
    """A column a direction, none where there is no encoder; zeros where there is nothing to tell."""
    context: tuple[str, ...]
    given: Table
    """What had been asked, of length 1: a column a name of `context`."""
    problems: tuple[str, ...]
    acts: tuple[str, ...]
    stories: Rows
    """Examples from which problems are learnt."""
    turns: Rows
    """Examples from which acts are learnt."""

    def learnt(self) -> Learnt:
        """What a server compares with; context names follow the grams."""
        postings = sparse.hstack([self.table, self.given]).tocsc()
        return Learnt(
            starts=postings.indptr.astype(np.int64),
            texts=postings.indices.astype(np.uint16 if len(self.examples) < 1 << 16 else np.uint32),
            values=postings.data.astype(np.float32),
            vectors=self.vectors,
        )


def lay_out(examples: Sequence[Example], encoder: Encoder | None) -> Sheet:
    """Everything that is computed once, whatever is held out later."""
    shown = tuple(_as_asked(examples))
    passages = tuple(Passages.of(example.text) for example in shown)
    grams, idf, table = _weigh(shown, [passage.texts[0] for passage in passages])
    directions, vectors = _vectors(shown, passages, encoder)
    names, given = _contexts(shown)
    return Sheet(
        examples=shown,
        passages=passages,
        grams=grams,
        idf=idf,
        table=table,
        encoder=encoder,
        directions=directions,
        vectors=vectors,
        context=names,
        given=given,
        problems=tuple(sorted({e.labels[0] for e in shown if e.task == "problems"} - {NOTHING})),
        acts=tuple(sorted({e.labels[0] for e in shown if e.task == "acts"} | {"inform"})),
        stories=_where(shown, lambda at, e: e.task == "problems" or (at % ACT_EVERY == 0 and _tells_nothing(e))),
        turns=_where(shown, lambda at, e: e.task == "acts" or (at % INFORM_EVERY == 0 and e.labels[0] != NOTHING)),
    )


def truth(sheet: Sheet) -> tuple[NDArray[np.bool_], NDArray[np.bool_], Rows]:
    """Which problem is each example's main one, or last that it has none; which problems it has; which act it is."""
    main = np.zeros((len(sheet.examples), len(sheet.problems) + 1), np.bool_)
    has = np.zeros((len(sheet.examples), len(sheet.problems)), np.bool_)
    acts = np.full(len(sheet.examples), sheet.acts.index("inform"), np.intp)
    for row, example in enumerate(sheet.examples):
        if example.task == "acts":
            acts[row] = sheet.acts.index(example.labels[0])
        elif example.labels[0] != NOTHING:
            main[row, sheet.problems.index(example.labels[0])] = True
            has[row, [sheet.problems.index(label) for label in example.labels]] = True
    main[:, -1] = ~has.any(axis=1)
    return main, has, acts


def _where(examples: Sequence[Example], wanted: Callable[[int, Example], bool]) -> Rows:
    return np.array([at for at, example in enumerate(examples) if wanted(at, example)], np.intp)


def _tells_nothing(act: Example) -> bool:
    return act.labels[0] != "inform" and act.expecting is None


def _as_asked(examples: Sequence[Example]) -> list[Example]:
    """Every second story was asked for, the others were told unasked; of samples it is known."""
    asked = Expecting(asking="story")
    return [
        replace(example, expecting=asked)
        if example.task == "problems" and at % 2 and example.sample is None
        else example
        for at, example in enumerate(examples)
    ]


def _weigh(examples: Sequence[Example], texts: Sequence[str]) -> tuple[tuple[str, ...], Array, Table]:
    """The grams that are kept, words first; how telling each is; and `features.Vocabulary.vector` of each text."""
    grams, counted = _count(_grams(text, example.language) for example, text in zip(examples, texts, strict=True))
    often = np.bincount(counted.indices, minlength=len(grams))
    common = max(COMMON * len(texts), LEAST_TEXTS)
    private = _private(examples, counted)
    kept = [
        column
        for column, gram in enumerate(grams)
        if (LEAST_TEXTS if gram.startswith("_") else 1) <= often[column] <= common and column not in private
    ]
    kept.sort(key=lambda column: (grams[column].startswith("_"), grams[column]))
    idf = (np.log((1 + len(texts)) / (1 + often[kept])) + 1).astype(np.float32)
    table = counted[:, kept].tocsr()
    table.sort_indices()
    table.data = (1 + np.log(table.data)) * idf[table.indices]
    names = tuple(grams[column] for column in kept)
    border = sum(not gram.startswith("_") for gram in names)
    return names, idf, sparse.hstack([_unit(table[:, :border]), _unit(table[:, border:])]).tocsr()


def _grams(text: str, language: Language) -> Counter[str]:
    found = Counter(word_grams(text, language))
    found.update(gram for word in words(text) for gram in letter_grams(word))
    return found


def _private(examples: Sequence[Example], counted: Table) -> frozenset[int]:
    """Columns that no example of the data has, and the samples of too few persons."""
    brought = np.array([example.sample is not None for example in examples], np.bool_)
    ours = set(counted[~brought].indices.tolist())
    theirs = defaultdict[int, set[str]](set)
    for row in np.flatnonzero(brought).tolist():
        for column in counted[row].indices.tolist():
            theirs[column].add(examples[row].person or examples[row].name)
    return frozenset(column for column, by in theirs.items() if column not in ours and len(by) < LEAST_PERSONS)


def _vectors(examples: Sequence[Example], passages: Sequence[Passages], encoder: Encoder | None) -> tuple[Array, Array]:
    """The directions in which the sentence vectors differ most, and each example's vector in them."""
    told = [needs_encoder(example.text, example.expecting) for example in examples]
    vectors = sentences([p.texts[0] for p in passages], told, encoder)
    _, directions = linalg.eigh((vectors.T @ vectors).astype(np.float64))
    kept = np.ascontiguousarray(directions[:, ::-1][:, :DIRECTIONS], np.float32)
    return kept, vectors @ kept


def sentences(texts: Sequence[str], told: Sequence[bool], encoder: Encoder | None) -> Array:
    """Sentence vectors, a row a text: zeros where nothing is told, of no dimension where there is no encoder."""
    new = list(dict.fromkeys(text for text, tells in zip(texts, told, strict=True) if tells))
    if encoder is None or not new:
        return np.zeros((len(texts), encoder.dimensions if encoder else 0), np.float32)
    with threadpool_limits(1), ThreadPoolExecutor(THREADS) as threads:
        found = list(threads.map(encoder.encode, [new[at::THREADS] for at in range(min(THREADS, len(new)))]))
    of = {text: found[at % THREADS][at // THREADS] for at, text in enumerate(new)}
    nothing = np.zeros(encoder.dimensions, np.float32)
    return np.array([of[text] if tells else nothing for text, tells in zip(texts, told, strict=True)], np.float32)


def _contexts(examples: Sequence[Example]) -> tuple[tuple[str, ...], Table]:
    given = [sorted(set(context(example.text, example.expecting))) for example in examples]
    names, table = _count(Counter(found) for found in given)
    order = sorted(range(len(names)), key=lambda column: names[column])
    table = table[:, order].tocsr()
    table.sort_indices()
    table.data = np.repeat([alone(len(found)) for found in given], [len(found) for found in given]).astype(np.float32)
    return tuple(names[column] for column in order), table


def _count(counted: Iterable[Counter[str]]) -> tuple[list[str], Table]:
    """All names, and how often each row has each."""
    columns: dict[str, int] = {}
    where, counts = [], []
    for found in counted:
        where.append(np.array([columns.setdefault(name, len(columns)) for name in found], np.int32))
        counts.append(np.fromiter(found.values(), np.float32, len(found)))
    starts = np.cumsum([0, *map(len, where)])
    table = sparse.csr_matrix(
        (np.concatenate(counts), np.concatenate(where), starts), shape=(len(where), len(columns)), dtype=np.float32
    )
    return list(columns), table


def _unit(block: Table) -> Table:
    lengths = np.sqrt(np.asarray(block.multiply(block).sum(axis=1))).ravel()
    return sparse.diags(1 / np.where(lengths > 0, lengths, 1)).dot(block).tocsr().astype(np.float32)
