"""CSV: text that is checked before it is parsed, and parsed without guessing.

Columns of numbers are parsed as doubles at once. polars accepts no number there that the grammar of
:mod:`nnspec.tables.numbers` does not accept; where it finds none, the block's column is read once
more as text, and each cell is judged by that grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
import polars as pl

from nnspec.suggestions import quote
from nnspec.tables.cells import EXACT
from nnspec.tables.csv_blocks import Block, BlockReader
from nnspec.tables.csv_scan import unquoted
from nnspec.tables.errors import Place, RequestError, TableError
from nnspec.tables.numbers import BLANKS, is_number
from nnspec.tables.sniff import refuse_binary
from nnspec.tables.source import Batch, Selection, in_batches
from nnspec.tables.streams import Transcoder, check_encoding, shown_path

MOST_COLUMNS = 100_000
"""The widest table."""

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = {"tab": "\t", "\\t": "\t"}
_OTHER_DELIMITERS = {";": "';'", "\t": "tab", "|": "'|'", ",": "','"}


@dataclass(frozen=True, slots=True)
class CsvOptions:
    r"""How a CSV table is written.

    Parameters
    ----------
    delimiter
        What separates two cells: one ASCII character, or ``tab``.
    null_values
        Cells that mean a missing value, besides the empty one.
    encoding
        The text's encoding.
    block_bytes
        How many bytes to read at a time.
    """

    delimiter: str = ","
    null_values: tuple[str, ...] = ()
    encoding: str = "utf-8"
    block_bytes: int = 4 * 2**20

    def __post_init__(self) -> None:
        delimiter = _DELIMITERS.get(self.delimiter, self.delimiter)
        legal = len(delimiter) == 1 and delimiter.isascii()
        if not legal or delimiter.isalnum() or delimiter in '"\r\n+-.\0':
            message = f"{quote(self.delimiter)} cannot separate cells"
            raise RequestError(message, "legal: one sign such as ',', ';', '|', or 'tab'")
        object.__setattr__(self, "delimiter", delimiter)
        object.__setattr__(self, "encoding", check_encoding(self.encoding))


class CsvSource:
    """A CSV table, read from a stream of bytes.

    Parameters
    ----------
    stream
        The bytes; the source closes it.
    path
        The file's name, for messages.
    options
        How the table is written.

    Raises
    ------
    TableError
        If there is no header, or it cannot be used.
    """

    types: Mapping[str, pl.DataType] | None = None

    def __init__(self, stream: BinaryIO, path: str, options: CsvOptions | None = None) -> None:
        self.path = shown_path(path)
        self._options = CsvOptions() if options is None else options
        self._stream = stream
        self._as_text: set[str] = set()
        # A null value such as -999 would be taken for a number.
        self._all_as_text = any(is_number(text) for text in self._options.null_values)
        plain = self._options.encoding == "utf-8"
        text = stream if plain else Transcoder(stream, self._options.encoding, self.path)
        delimiter = ord(self._options.delimiter)
        block_bytes = self._options.block_bytes
        self._reader = BlockReader(text, self.path, delimiter, block_bytes, 0 if plain else None)
        self.header = self._read_header()
        self._index = {name: index for index, name in enumerate(self.header)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def kept_types(self, names: Sequence[str]) -> dict[str, pl.DataType]:
        """Text, all of them."""
        return {name: pl.String() for name in names}

    def batches(self, selection: Selection) -> Iterator[Batch]:
        """The rows, in order, with the selected columns."""
        for block in self._reader.blocks(self.header):
            columns, kept = self._parse(block, selection)
            written = cache(partial(self._as_written, block))
            yield from in_batches(Batch(block.first_row, columns, kept, written))

    def _as_written(self, block: Block, name: str) -> pl.Series:
        return self._read(block, {name: _TEXT})[name]

    def _parse(self, block: Block, selection: Selection) -> tuple[pl.DataFrame, pl.DataFrame]:
        numbers = {name for name in selection.numbers if self._is_plain(name, selection)}
        every = dict.fromkeys(selection.read + selection.kept)
        first = self._read(block, {n: _DOUBLE if n in numbers else _TEXT for n in every})
        failed = [name for name in numbers if not _all_plain(first[name])]
        # Once a column has held a cell that is no plain number, it is likely to hold more.
        self._as_text.update(failed)
        again = [*failed, *[name for name in selection.kept if name in numbers]]
        second = self._read(block, dict.fromkeys(again, _TEXT)) if again else pl.DataFrame()
        read = [(second if name in failed else first)[name] for name in selection.read]
        kept = [(second if name in again else first)[name] for name in selection.kept]
        read = [self._with_nulls(cells, selection) for cells in read]
        return pl.DataFrame(read), pl.DataFrame(kept)

    def _is_plain(self, name: str, selection: Selection) -> bool:
        """Whether a column is parsed as doubles before any of its cells is judged."""
        as_text = self._all_as_text or name in self._as_text or name in selection.texts
        return not as_text

    def _read(self, block: Block, types: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """Some columns of a block, in the types given; what is no number reads as null."""
        wanted = sorted([self._index[name] for name in types])
        schema = {str(i): types.get(name, _TEXT) for i, name in enumerate(self.header)}
        frame = pl.read_csv(
            block.data,
            has_header=False,
            schema=schema,
            columns=wanted,
            separator=self._options.delimiter,
            quote_char='"' if block.quoted else None,
            ignore_errors=True,
            glob=False,
        )
        if frame.height != block.n_rows:
            message = f"polars read {frame.height:,} rows where {block.n_rows:,} stand"
            raise TableError(message, Place(self.path, block.first_row), "please report this")
        frame.columns = [self.header[index] for index in wanted]
        return frame

    def _with_nulls(self, cells: pl.Series, selection: Selection) -> pl.Series:
        """The cells, null where they mean a missing value."""
        if cells.dtype != pl.String:
            return cells
        values = cells if cells.name in selection.texts else cells.str.strip_chars(BLANKS)
        null = values.is_in(self._options.null_values) | (cells == "")
        return cells.set(null, None) if null.any() else cells

    def _read_header(self) -> tuple[str, ...]:
        start = self._reader.start()
        self._check_start(start)
        if start.startswith(_BOM):
            self._reader.skip(len(_BOM))
        cells = self._reader.header()
        place = Place(self.path, line=1)
        if not cells:
            raise TableError("the table is empty: it has no header", Place(self.path), _HEADER)
        if cells == [b""]:
            raise TableError("the first line is blank where the header is due", place, _HEADER)
        if len(cells) > MOST_COLUMNS:
            message = f"the header names {len(cells):,} columns; the limit is {MOST_COLUMNS:,}"
            raise TableError(message, place, "split the table, or save it as Parquet")
        self._check_cells(cells, place)
        names = tuple([unquoted(cell) for cell in cells])
        _check_names(names, place)
        return names

    def _check_start(self, start: bytes) -> None:
        place = Place(self.path, line=1, offset=0)
        if self._options.encoding == "utf-8":
            refuse_binary(start, "CSV", Place(self.path))
            if start.startswith(_UTF16):
                help_ = "say so: --encoding utf-16"
                raise TableError("the text is not UTF-8 but UTF-16", place, help_)
        text = start.removeprefix(_BOM)
        if text[:4].lower() == b"sep=":
            shown = text[4:5].decode("latin-1")
            help_ = f"remove the line, and say --delimiter {quote(shown)} if it is not the comma"
            raise TableError("the first line is 'sep=', not the header", place, help_)
        if text.startswith(b"#"):
            help_ = "remove it; if it is a column's name, put the name in double quotes"
            raise TableError("the first line is a comment, not the header", place, help_)

    def _check_cells(self, cells: list[bytes], place: Place) -> None:
        """Refuse a header of one cell that holds another delimiter."""
        if len(cells) > 1 or cells[0].startswith(b'"'):
            return
        for delimiter, shown in _OTHER_DELIMITERS.items():
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


def _all_plain(cells: pl.Series) -> bool:
    """Whether all are numbers, none so large that its text may say more than a double can."""
    return cells.null_count() == 0 and bool((np.abs(cells.to_numpy()) < EXACT).all())


_DOUBLE = pl.Float64()
_TEXT = pl.String()
_HEADER = "the first line must name the columns"
