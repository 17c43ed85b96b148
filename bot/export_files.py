"""The forms of an export: a workbook, or a ZIP of a table and its data dictionary."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from storage.exports import Form

CELL = 32_767
"""Characters of the longest cell of a workbook."""
MOST_ROWS = 1_048_575
"""Of a sheet, without its heading."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # Wide signs begin formulas too.


class Table(Protocol):
    """A file in the making: rows go in one after the other, and are not held."""

    def add(self, row: Mapping[str, Any]) -> None: ...

    def finish(self, headings: Sequence[str], dictionary: Sequence[Sequence[str]], notes: Sequence[str]) -> bytes:
        """The whole file."""
        ...


def begin(form: Form, columns: Sequence[str], folder: Path) -> Table:
    """An empty table; `folder` is for what it must put aside meanwhile."""
    match form:
        case "csv":
            return CsvTable(columns)
        case "jsonl":
            return JsonTable(columns)
        case "xlsx":
            return Workbook(columns, folder)


def flat(held: Any) -> str | float | bool | None:  # noqa: ANN401  # Any JSON.
    """A value as one cell holds it: lists and maps as `a | b` and `a = 1 | b = 2`."""
    match held:
        case None | bool() | int() | float() | str():
            return held
        case Mapping():
            return " | ".join(f"{name} = {_text(one)}" for name, one in held.items())
        case list() | tuple():
            return " | ".join(_text(one) for one in held)
    return str(held)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" \n\xa0").startswith(FORMULA) else text


class CsvTable:
    """As Excel opens it in French: semicolons, decimal commas, UTF-8 with its mark."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns, self._zip = columns, _Archive("cases.csv")
        self._write(columns)

    def add(self, row: Mapping[str, Any]) -> None:
        cells = [flat(row.get(name)) for name in self._columns]
        self._write([harmless(cell) if isinstance(cell, str) else _text(cell, comma=True) for cell in cells])

    def finish(self, headings: Sequence[str], dictionary: Sequence[Sequence[str]], notes: Sequence[str]) -> bytes:
        return self._zip.close({"dictionary.csv": _csv([headings, *dictionary]), "notes.txt": "\n\n".join(notes)})

    def _write(self, cells: Sequence[str]) -> None:
        csv.writer(self._zip.text, delimiter=";").writerow(cells)


class JsonTable:
    """One JSON object a line; what is not known is left out."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns, self._zip = columns, _Archive("cases.jsonl", encoding="utf-8")

    def add(self, row: Mapping[str, Any]) -> None:
        held = {name: row[name] for name in self._columns if row.get(name) is not None}
        self._zip.text.write(json.dumps(held, ensure_ascii=False) + "\n")

    def finish(self, headings: Sequence[str], dictionary: Sequence[Sequence[str]], notes: Sequence[str]) -> bytes:
        return self._zip.close({"dictionary.csv": _csv([headings, *dictionary]), "notes.txt": "\n\n".join(notes)})


class Workbook:
    """Excel's own form: every text is written as a text, whatever it begins with."""

    def __init__(self, columns: Sequence[str], folder: Path) -> None:
        import xlsxwriter  # type: ignore[import-untyped]

        self._columns, self._path, self._row = columns, folder / "export.xlsx", 0
        safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(self._path, {"constant_memory": True, "tmpdir": str(folder), **safe})
        self._bold = self._book.add_format({"bold": True})
        self._sheet = self._book.add_worksheet("cases")
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_column(0, len(columns) - 1, 18)
        self._line(self._sheet, 0, columns, self._bold)

    def add(self, row: Mapping[str, Any]) -> None:
        self._row += 1
        self._line(self._sheet, self._row, [flat(row.get(name)) for name in self._columns])

    def finish(self, headings: Sequence[str], dictionary: Sequence[Sequence[str]], notes: Sequence[str]) -> bytes:
        self._sheet.autofilter(0, 0, max(self._row, 1), len(self._columns) - 1)
        known = self._book.add_worksheet("dictionary")
        known.freeze_panes(1, 1)
        known.set_column(0, len(headings) - 1, 30)
        for number, line in enumerate([headings, *dictionary]):
            self._line(known, number, line, None if number else self._bold)
        told = self._book.add_worksheet("notes")
        told.set_column(0, 0, 120, self._book.add_format({"text_wrap": True}))
        for number, note in enumerate(notes):
            self._line(told, number, [note])
        self._book.close()
        return self._path.read_bytes()

    @staticmethod
    def _line(sheet: Any, number: int, cells: Sequence[Any], form: Any = None) -> None:  # noqa: ANN401  # xlsxwriter has no types.
        for place, cell in enumerate(cells):
            match cell:
                case bool():
                    sheet.write_boolean(number, place, cell, form)
                case int() | float():
                    sheet.write_number(number, place, cell, form)
                case str() if cell:
                    whole = cell.encode("utf-8", "replace").decode()
                    sheet.write_string(number, place, whole if len(whole) <= CELL else f"{whole[: CELL - 1]}…", form)


class _Archive:
    """A ZIP whose first file is being written; nothing of it touches the disk."""

    def __init__(self, name: str, encoding: str = "utf-8-sig") -> None:
        self._buffer = io.BytesIO()
        self._zip = zipfile.ZipFile(self._buffer, "w", zipfile.ZIP_DEFLATED)
        entry = self._zip.open(name, "w", force_zip64=True)
        self.text = io.TextIOWrapper(entry, encoding, errors="replace", newline="", write_through=False)

    def close(self, others: Mapping[str, str]) -> bytes:
        self.text.close()
        for name, text in others.items():
            self._zip.writestr(name, text.encode("utf-8-sig"))
        self._zip.close()
        return self._buffer.getvalue()


def _csv(lines: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([harmless(cell) for cell in line] for line in lines)
    return text.getvalue()


def _text(held: Any, *, comma: bool = False) -> str:  # noqa: ANN401  # Any JSON.
    match held:
        case None:
            return ""
        case bool():
            return "true" if held else "false"
        case int() | float():
            return f"{held:.15g}".replace(".", ",") if comma else f"{held:.15g}"
        case str():
            return held
    return str(flat(held))
