"""The header of a CSV table, and what stands there instead of one."""

from __future__ import annotations

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.csv.blocks import BlockReader
from nnspec.tables.csv.records import unquoted
from nnspec.tables.errors import Place, TableError
from nnspec.tables.formats import LONGEST, refuse_binary

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = {";": "';'", "\t": "tab", "|": "'|'", ",": "','"}
_HEADER = "the first line must name the columns"


def read_header(reader: BlockReader, path: str, *, utf8: bool) -> tuple[str, ...]:
    """The columns' names.

    Parameters
    ----------
    reader
        The table, of which nothing is read yet.
    path
        The file's name, for messages.
    utf8
        Whether the file is taken for UTF-8 itself.

    Raises
    ------
    TableError
        If the first record names no columns, or two by the same name.
    """
    start = reader.start(LONGEST)
    if utf8:
        _check_encoding(start, path)
    if start.startswith(_BOM):
        reader.skip(len(_BOM))
    place = Place(path, line=1)
    _check_first_line(start.removeprefix(_BOM), place)
    cells = reader.header()
    if not cells:
        raise TableError("the table is empty: it has no header", Place(path), _HEADER)
    if cells == [b""]:
        raise TableError("the first line is blank where the header is due", place, _HEADER)
    _check_single_cell(cells, place)
    names = tuple([unquoted(cell) for cell in cells])
    _check_names(names, place)
    return names


def _check_encoding(start: bytes, path: str) -> None:
    refuse_binary(start, "CSV", Place(path))
    if start.startswith(_UTF16):
        place = Place(path, line=1, offset=0)
        raise TableError("the text is not UTF-8 but UTF-16", place, "say so: --encoding utf-16")


def _check_first_line(text: bytes, place: Place) -> None:
    if text[:4].lower() == b"sep=":
        shown = quote(text[4:5].decode("latin-1"))
        help_ = f"remove the line, and say --delimiter {shown} if it is not the comma"
        raise TableError("the first line is 'sep=', not the header", place, help_)
    if text.startswith(b"#"):
        help_ = "remove it; if it is a column's name, put the name in double quotes"
        raise TableError("the first line is a comment, not the header", place, help_)


def _check_single_cell(cells: list[bytes], place: Place) -> None:
    """Refuse a header of one cell that holds another delimiter."""
    if len(cells) > 1 or cells[0].startswith(b'"'):
        return
    for delimiter, shown in _DELIMITERS.items():
        if delimiter.encode() in cells[0]:
            message = f"the header is one cell, which holds {shown}"
            help_ = f"if {shown} separates the cells: --delimiter {shown}"
            raise TableError(message, place, f"{help_}; if not, put the name in double quotes")


def _check_names(names: tuple[str, ...], place: Place) -> None:
    first: dict[str, int] = {}
    for position, name in enumerate(names, 1):
        if name in first:
            message = f"columns {first[name]} and {position} have the same name, {quote(name)}"
            raise TableError(message, place, "give every column a name of its own")
        first[name] = position
