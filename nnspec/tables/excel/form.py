"""The form of a workbook's sheet, checked before openpyxl reads its values.

openpyxl passes over a row or a cell whose number does not grow, and takes a formula whose value was
never worked out for an empty cell. So the sheet's own elements are counted first; that also reads
every byte of it, which the zip archive's checksum then confirms.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

MOST_BYTES = 2**31
"""The most that the parts of a workbook may unpack to."""

_CHUNK = 2**20
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")


class FormError(ValueError):
    """A sheet is not written as the format asks."""


@dataclass(slots=True)
class SheetForm:
    """What a sheet's elements say of themselves.

    Parameters
    ----------
    n_rows
        The number of its last row.
    unvalued
        The cells, by row and column from 1, whose formula has no value.
    """

    n_rows: int = 0
    unvalued: set[tuple[int, int]] = field(default_factory=set)
    _column: int = 0
    _waiting: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        kind = _local(name)
        if kind == "row":
            self._start_row(attributes.get("r"))
        elif kind == "c":
            self._start_cell(attributes.get("r"))
        elif kind == "f":
            self._waiting = True
        elif kind in ("v", "is"):
            self._waiting = False

    def end(self, name: str) -> None:
        """Take the end of an element."""
        if _local(name) == "c" and self._waiting:
            self.unvalued.add((self.n_rows, self._column))
            self._waiting = False

    def _start_row(self, number: str | None) -> None:
        row = self.n_rows + 1 if number is None else int(number)
        if row <= self.n_rows:
            raise FormError(f"row {row} stands after row {self.n_rows}")
        self.n_rows, self._column = row, 0

    def _start_cell(self, name: str | None) -> None:
        column = self._column + 1
        if name is not None:
            found = _CELL.fullmatch(name)
            if found is None or int(found[2]) != self.n_rows:
                raise FormError(f"a cell of row {self.n_rows} is named {name[:20]!r}")
            column = column_number(found[1])
        if column <= self._column:
            raise FormError(f"cells of row {self.n_rows} do not stand in order")
        self._column = column


def column_number(letters: str) -> int:
    """A column's number, from 1.

    Examples
    --------
    >>> column_number("A"), column_number("AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """A column's letters, as a spreadsheet shows them.

    Examples
    --------
    >>> column_letters(1), column_letters(28)
    ('A', 'AB')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def sheet_form(archive: zipfile.ZipFile, sheet: str) -> SheetForm:
    """The form of a sheet.

    Raises
    ------
    FormError
        If rows or cells stand twice, or not in order, or the parts unpack to too much.
    zipfile.BadZipFile, xml.parsers.expat.ExpatError
        If the archive or the sheet is damaged.
    """
    size = sum(part.file_size for part in archive.infolist())
    if size > MOST_BYTES:
        raise FormError(f"its parts unpack to {size:,} bytes, of {MOST_BYTES:,} at most")
    with archive.open(_part_of(archive, sheet)) as part:
        return _read_form(part)


def _read_form(part: IO[bytes]) -> SheetForm:
    form = SheetForm()
    parser = expat.ParserCreate()
    parser.StartElementHandler = form.start
    parser.EndElementHandler = form.end
    while chunk := part.read(_CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return form


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The archive's part that holds a sheet, as the workbook's relations say."""
    workbook = _target(archive, "_rels/.rels", "", "Type", "/officeDocument")
    folder, _, name = workbook.rpartition("/")
    root = ElementTree.fromstring(archive.read(workbook))
    for element in root.iter():
        if _local(element.tag) == "sheet" and element.get("name") == sheet:
            own = next(value for key, value in element.items() if _local(key) == "id")
            relations = f"{folder}/_rels/{name}.rels".lstrip("/")
            return _target(archive, relations, folder, "Id", own)
    raise FormError(f"the workbook says nothing of where {sheet!r} is")


def _target(archive: zipfile.ZipFile, relations: str, folder: str, key: str, end: str) -> str:
    """The part to which a relation leads, by the end of one of its attributes."""
    for element in ElementTree.fromstring(archive.read(relations)):
        value = element.get(key, "")
        if value == end or (key == "Type" and value.endswith(end)):
            target = element.get("Target", "")
            place = target if target.startswith("/") else f"{folder}/{target}"
            return place.lstrip("/")
    raise FormError("a part of the workbook is not where it says")


def _local(name: str) -> str:
    """An element's name without its namespace."""
    return name.rpartition("}")[2].rpartition(":")[2]
