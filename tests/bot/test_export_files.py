"""An export opens in Excel, and no cell of it is taken for a formula."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.export_files import begin, harmless
from storage.exports import Form

EVIL = ["=1+1", "+33 6", "-2", "@SUM(A1)", "\tx", "\r=1", " =cmd|' /C calc'!A0", "＝1"]
ROW = {"a": "", "b": 1234.5, "c": True, "d": ["x", "y"], "e": {"k": "v"}, "f": None, "g": -2}
NAMES = list("abcdefg")
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def made(form: Form, folder: Path) -> zipfile.ZipFile:
    table = begin(form, NAMES, folder)
    for text in ('é;"\n', *EVIL):
        table.add({**ROW, "a": text})
    return zipfile.ZipFile(io.BytesIO(table.finish(("column", "fr"), [("a", "=nom")], ["À lire."])))


@pytest.mark.parametrize("text", EVIL)
def test_a_text_that_begins_like_a_formula_is_made_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless("a" + text) == "a" + text


def test_a_csv_opens_in_excel(tmp_path: Path) -> None:
    archive = made("csv", tmp_path)
    data = archive.read("cases.csv")
    assert data.startswith(b"\xef\xbb\xbf")
    head, first, *others = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";")
    assert head == NAMES
    assert first == ['é;"\n', "1234,5", "true", "x | y", "k = v", "", "-2"]
    assert [row[0] for row in others] == [f"'{text}" for text in EVIL]
    assert archive.read("dictionary.csv").decode("utf-8-sig").splitlines() == ["column;fr", "a;'=nom"]
    assert archive.read("notes.txt").decode("utf-8-sig") == "À lire."


def test_json_lines_keep_values_as_they_are(tmp_path: Path) -> None:
    lines = made("jsonl", tmp_path).read("cases.jsonl").decode().splitlines()
    assert json.loads(lines[1]) == {"a": "=1+1", "b": 1234.5, "c": True, "d": ["x", "y"], "e": {"k": "v"}, "g": -2}


def test_a_workbook_has_texts_and_no_formula(tmp_path: Path) -> None:
    archive = made("xlsx", tmp_path)
    cells = ET.fromstring(archive.read("xl/worksheets/sheet1.xml")).iter(f"{SHEET}c")  # noqa: S314  # Our own file.
    kinds = [(cell.get("r"), cell.get("t"), cell.find(f"{SHEET}f")) for cell in cells]
    assert all(formula is None for *_, formula in kinds)
    assert [kind for place, kind, _ in kinds if place in {"A3", "A4", "A8"}] == ["inlineStr"] * 3
    assert not archive.testzip()
    assert b"dictionary" in archive.read("xl/workbook.xml")
