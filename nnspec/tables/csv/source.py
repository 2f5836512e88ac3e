"""CSV: text that is checked before it is parsed, and parsed without guessing.

Columns of numbers are parsed as doubles at once, those of whole numbers as integers, so that
nothing is rounded to one. polars accepts no number there that the grammar of
:mod:`nnspec.tables.cells.numbers` does not accept; where it finds none, the block's column is read
once more as text, and each cell is judged by that grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import BinaryIO

import polars as pl

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.cells.cell import EXACT
from nnspec.tables.cells.numbers import BLANKS, is_number
from nnspec.tables.csv.blocks import BlockReader, RecordBlock
from nnspec.tables.csv.header import read_header
from nnspec.tables.errors import Place, RequestError, TableError
from nnspec.tables.source import Batch, Selection, Source, frame_of, in_batches
from nnspec.tables.streams import LineStream, Transcoder, check_encoding, share_read, shown_path

_DELIMITERS = {"tab": "\t", "\\t": "\t"}


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """How a CSV table is written.

    Parameters
    ----------
    delimiter
        What separates two cells: one ASCII character, or ``tab``; None for the comma, or for
        what the file's name tells.
    null_values
        Cells that mean a missing value, besides the empty one.
    encoding
        The text's encoding.
    decimal
        What separates a number's decimals: a point, or a comma; then a semicolon separates cells
        unless another delimiter is given.
    block_bytes
        How many bytes to read at a time.
    """

    delimiter: str | None = None
    null_values: tuple[str, ...] = ()
    encoding: str = "utf-8"
    decimal: str = "."
    block_bytes: int = 4 * 2**20

    def __post_init__(self) -> None:
        if self.delimiter is not None:
            object.__setattr__(self, "delimiter", _delimiter(self.delimiter))
        object.__setattr__(self, "encoding", check_encoding(self.encoding))
        if self.decimal not in (".", ","):
            message = f"{quote(self.decimal)} cannot separate decimals"
            raise RequestError(message, "legal: '.' and ','")
        if self.decimal == self.delimiter:
            message = "one sign cannot separate cells and decimals"
            raise RequestError(message, "name another delimiter, as in --delimiter ';'")


def _delimiter(given: str) -> str:
    delimiter = _DELIMITERS.get(given, given)
    legal = len(delimiter) == 1 and delimiter.isascii()
    if not legal or delimiter.isalnum() or delimiter in '"\r\n+-.\0':
        message = f"{quote(given)} cannot separate cells"
        raise RequestError(message, "legal: one sign such as ',', ';', '|', or 'tab'")
    return delimiter


class CsvSource(Source):
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

    def __init__(self, stream: BinaryIO, path: str, options: CsvOptions | None = None) -> None:
        self.path = shown_path(path)
        self._options = CsvOptions() if options is None else options
        self._stream = stream
        self._as_text: set[str] = set()
        # A null value such as -999 would be taken for a number.
        self._all_as_text = any(is_number(text) for text in self._options.null_values)
        # So would 1.5 where a comma separates decimals, and be another number than it is.
        self._has_comma = self._options.decimal == ","
        self._all_as_text = self._all_as_text or self._has_comma
        plain = self._options.encoding == "utf-8"
        text = (
            LineStream(stream) if plain else Transcoder(stream, self._options.encoding, self.path)
        )
        delimiter = self._options.delimiter
        self._delimiter = "," if delimiter is None else delimiter
        self._reader = BlockReader(
            text,
            self.path,
            ord(self._delimiter),
            self._options.block_bytes,
            0 if plain else None,
        )
        self.header = read_header(self._reader, self.path, utf8=plain)
        self._index = {name: index for index, name in enumerate(self.header)}

    def share_read(self) -> float | None:
        """How much of the table has been read, from 0 to 1; None where that is not known."""
        return share_read(self._stream)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def kept_types(self, names: Sequence[str]) -> dict[str, pl.DataType]:
        """Text, all of them."""
        return {name: pl.String() for name in names}

    def _batches(self, selection: Selection) -> Iterator[Batch]:
        """The rows, in order, with the selected columns."""
        for block in self._reader.blocks(self.header):
            columns, kept = self._parse(block, selection)
            written = cache(partial(self._as_written, block))
            yield from in_batches(Batch(block.first_row, block.n_rows, columns, kept, written))

    def _as_written(self, block: RecordBlock, name: str) -> pl.Series:
        return self._read(block, {name: _TEXT})[name]

    def _parse(self, block: RecordBlock, selection: Selection) -> tuple[pl.DataFrame, pl.DataFrame]:
        numbers = {name for name in selection.numbers if self._is_plain(name, selection)}
        every = dict.fromkeys(selection.read + selection.kept)
        whole = numbers.intersection(selection.whole)
        types = {name: _INTEGER if name in whole else _DOUBLE for name in numbers}
        first = self._read(block, {name: types.get(name, _TEXT) for name in every})
        failed = [name for name in numbers if not _all_plain(first[name])]
        # Once a column has held a cell that is no plain number, it is likely to hold more.
        self._as_text.update(failed)
        again = [*failed, *[name for name in selection.kept if name in numbers]]
        second = self._read(block, dict.fromkeys(again, _TEXT)) if again else pl.DataFrame()
        read = [(second if name in failed else first)[name] for name in selection.read]
        kept = [(second if name in again else first)[name] for name in selection.kept]
        read = [self._with_nulls(cells, selection) for cells in read]
        return frame_of(read), frame_of(kept)

    def _is_plain(self, name: str, selection: Selection) -> bool:
        """Whether a column is parsed as doubles before any of its cells is judged."""
        as_text = self._all_as_text or name in self._as_text or name in selection.texts
        return not as_text

    def _read(self, block: RecordBlock, types: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """Some columns of a block, in the types given; what is no number reads as null."""
        if not types:
            return pl.DataFrame()
        wanted = sorted([self._index[name] for name in types])
        schema = {str(i): types.get(name, _TEXT) for i, name in enumerate(self.header)}
        frame = pl.read_csv(
            block.data,
            has_header=False,
            schema=schema,
            columns=wanted,
            separator=self._delimiter,
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
        cells = cells.set(null, None) if null.any() else cells
        if self._has_comma and cells.name not in selection.texts:
            # A point separates thousands, if anything: it makes no number here.
            points = cells.str.replace_all(".", "'", literal=True)
            return points.str.replace_all(",", ".", literal=True)
        return cells


def _all_plain(cells: pl.Series) -> bool:
    """Whether all are numbers, none so large that its text may say more than a double can."""
    if cells.null_count():
        return False
    # Piece by piece: a column of several pieces would be copied if NumPy looked at it as a whole.
    pieces = [piece.to_numpy() for piece in cells.get_chunks() if len(piece)]
    # Where one is NaN, so are the least and the greatest.
    return all(piece.min() > -EXACT and piece.max() < EXACT for piece in pieces)


_DOUBLE = pl.Float64()
_INTEGER = pl.Int64()
_TEXT = pl.String()
