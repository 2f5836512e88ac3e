"""A Parquet file's own account of itself, and parts of it as files of their own.

The library that decodes Parquet takes a file as a whole: one column of a type that it does not
know, though nobody reads it, ends the reading. So the footer is read here. What is handed on is a
file of the wanted columns and some row groups alone, in memory: their pages as they stand, and the
footer with all else left out of it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.arrow.fields import ArrowField
from nnspec.tables.arrow.flatbuffers import FlatbufferError, Table
from nnspec.tables.arrow.messages import schema_of
from nnspec.tables.errors import Place, TableError
from nnspec.tables.formats import LONGEST, refuse_other
from nnspec.tables.parquet.thrift import (
    CompactReader,
    Struct,
    ThriftError,
    binary,
    signed,
    structs,
)

MAGIC = b"PAR1"

FOOTER_BYTES = 2**28
"""The largest footer."""

DAMAGED = "the file is damaged, or was not written to its end: write it anew"
_OTHER_FILES = "write the table as one file"
_ENCRYPTED = "decrypt it first: nnspec holds no keys"
_ARROW_SCHEMA = b"ARROW:schema"
_INT96, _INTERVAL = 3, 21


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where one column of a row group stands in the file.

    ``n_nulls`` is None where the file does not say it.
    """

    column: str
    flat: bool
    start: int
    stop: int
    n_values: int
    n_nulls: int | None
    unpacked_bytes: int
    codec: int
    meta: Struct


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows that are stored together; ``chunks`` in the order of the columns."""

    n_rows: int
    chunks: tuple[Chunk, ...]
    head: Struct


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its elements of the schema, itself first, and its chunks in each row group."""

    name: str
    elements: tuple[Struct, ...]
    leaves: slice

    @property
    def is_int96(self) -> bool:
        """Whether it holds instants of 96 bits."""
        return self.elements[0].get(1) == _INT96


class ParquetFile:
    """The columns and row groups of an open Parquet file.

    Parameters
    ----------
    stream
        The file, which can be sought in.
    path
        Its name, for messages.

    Raises
    ------
    TableError
        If it is no Parquet file, or its footer cannot be right.
    """

    def __init__(self, stream: BinaryIO, path: str) -> None:
        self._stream = stream
        self._place = Place(path)
        self._size = stream.seek(0, os.SEEK_END)
        refuse_other(self.read(0, LONGEST), MAGIC, "a Parquet file", self._place)
        footer_start, self._head = self._footer()
        self._data_stop = footer_start
        self.columns = tuple(self._columns())
        groups = tuple(self._row_groups())
        # An empty one has no pages, and may say anything of where they are.
        self.row_groups = tuple([group for group in groups if group.n_rows])

    def read(self, start: int, count: int) -> bytes:
        """Some bytes of the file."""
        self._stream.seek(start)
        return self._stream.read(count)

    def _footer(self) -> tuple[int, Struct]:
        tail = self.read(max(self._size - 8, 0), 8)
        if self._size < 12 or tail[4:] != MAGIC:
            raise self.fail("the Parquet file has no footer")
        length = int.from_bytes(tail[:4], "little")
        start = self._size - 8 - length
        if start < 4 or length > FOOTER_BYTES:
            raise self.fail(f"the Parquet file's footer cannot have {length:,} bytes")
        reader = CompactReader(self.read(start, length))
        try:
            footer = reader.struct()
        except ThriftError as error:
            raise self.fail(f"the Parquet file's footer cannot be read: {error}") from None
        # What follows the footer of a file with encrypted columns is its signature.
        if reader.position != length and 8 not in footer:
            raise self.fail("the Parquet file's footer cannot be read: it ends too early")
        return start, footer

    def _columns(self) -> Iterator[Column]:
        elements = [_typed(one, Struct) for one in _typed(self._head.get(2), list)]
        place, leaf = 1, 0
        for _ in range(count_of(elements[0].get(5)) or 0 if elements else 0):
            start, first = place, leaf
            waiting = 1
            while waiting:
                if place >= len(elements):
                    raise self.fail("the Parquet file's schema lacks a column")
                n_children = count_of(elements[place].get(5)) or 0
                leaf += not n_children
                waiting += n_children - 1
                place += 1
            name = _typed(elements[start].get(4), bytes).decode("utf-8", "replace")
            yield Column(name, tuple(elements[start:place]), slice(first, leaf))
        if place != max(len(elements), 1):
            raise self.fail("the Parquet file's schema has more than its columns")

    def _row_groups(self) -> Iterator[RowGroup]:
        if not isinstance(self._head.get(4), list) or 3 not in self._head:
            raise self.fail("the Parquet file's footer names no row groups")
        n_leaves = sum(column.leaves.stop - column.leaves.start for column in self.columns)
        total = 0
        for group in self._head[4]:
            head = _typed(group, Struct)
            n_rows = count_of(head.get(3))
            if n_rows is None or n_rows > 2**40:
                raise self.fail("a row group of the Parquet file has no legal number of rows")
            total += n_rows
            columns = _typed(head.get(1), list)
            chunks = [self._chunk(column, n_rows) for column in columns if n_rows]
            if n_rows and len(chunks) != n_leaves:
                raise self.fail("a row group of the Parquet file lacks columns")
            yield RowGroup(n_rows, tuple(chunks), head)
        if total != count_of(self._head.get(3)):
            raise self.fail("the Parquet file's row groups do not add up to its rows")

    def _chunk(self, column: Any, n_rows: int) -> Chunk:
        fields = _typed(column, Struct)
        if 1 in fields:
            raise self.fail("the Parquet file keeps columns in other files", _OTHER_FILES)
        meta = _typed(fields.get(3), Struct)
        if 8 in fields or 9 in fields:
            return Chunk("", False, 0, 0, 0, None, 0, _SECRET, meta)
        names = [
            _typed(name, bytes).decode("utf-8", "replace") for name in _typed(meta.get(3), list)
        ]
        length, unpacked = count_of(meta.get(7)), count_of(meta.get(6))
        start, n_values = count_of(meta.get(9)), count_of(meta.get(5))
        if not names or length is None or start is None or n_values is None or unpacked is None:
            raise self.fail("the Parquet file's footer says too little of a column")
        dictionary = count_of(meta.get(11))
        if dictionary:
            start = min(start, dictionary)
        flat = len(names) == 1
        if start < 4 or start + length > self._data_stop or (flat and n_values != n_rows):
            raise self.fail(f"the place of column {quote(names[0])} cannot be right")
        n_nulls = count_of(_typed(meta.get(12), Struct).get(3))
        stop = start + length
        return Chunk(names[0], flat, start, stop, n_values, n_nulls, unpacked, meta.get(4), meta)

    @cached_property
    def _arrow(self) -> tuple[Table, tuple[ArrowField, ...]] | None:
        """The Arrow schema that the footer may hold, with a field for each column."""
        for pair in _typed(self._head.get(5), list):
            if _typed(pair, Struct).get(1) == _ARROW_SCHEMA:
                try:
                    message = base64.b64decode(_typed(pair.get(2), bytes))
                    marked = message[:4] == b"\xff\xff\xff\xff"
                    schema = Table.root(message[8 if marked else 4 :]).table(2)
                    if schema is None:
                        return None
                    fields = tuple([ArrowField.read(table) for table in schema.tables(1)])
                except (ValueError, FlatbufferError):
                    raise self.fail("the Arrow schema of the Parquet file cannot be read") from None
                return (schema, fields) if len(fields) == len(self.columns) else None
        return None

    def place(self, name: str) -> int:
        """The place of a column among the file's.

        Raises
        ------
        TableError
            If the file has two of the name, or it is encrypted.
        """
        places = [i for i, column in enumerate(self.columns) if column.name == name]
        if len(places) != 1:
            message = f"the Parquet file has {len(places)} columns of the name {quote(name)}"
            raise self.fail(message, "give every column a name of its own")
        for group in self.row_groups:
            if any(one.codec == _SECRET for one in group.chunks[self.columns[places[0]].leaves]):
                raise self.fail(f"column {quote(name)} is encrypted", _ENCRYPTED)
        return places[0]

    def refusal(self, place: int) -> str | None:
        """A column's type, if it is one of which values would be lost or changed; else None."""
        if any(element.get(6) == _INTERVAL for element in self.columns[place].elements):
            return "interval"
        return None if self._arrow is None else self._arrow[1][place].refusal()

    def chunks(self, places: Sequence[int], group: RowGroup) -> list[Chunk]:
        """The chunks of some columns."""
        return [chunk for place in places for chunk in group.chunks[self.columns[place].leaves]]

    def part(self, places: Sequence[int], groups: Sequence[RowGroup]) -> bytes:
        """Some columns of some row groups, as a Parquet file."""
        parts = [MAGIC]
        heads = []
        at = len(MAGIC)
        for group in groups:
            written = []
            for chunk in self.chunks(places, group):
                parts.append(self.read(chunk.start, chunk.stop - chunk.start))
                moved = {i: signed(chunk.meta[i] - chunk.start + at)
                         for i in _OFFSETS if count_of(chunk.meta.get(i))}  # fmt: skip
                meta = chunk.meta.written(dict.fromkeys(_FARTHER) | moved)
                # A chunk's own fields: where its metadata are (not beside it), and they themselves.
                written.append(b"\x26" + signed(0) + b"\x1c" + meta + b"\0")
                at += len(parts[-1])
            # How its rows are sorted is told by the places of columns, which are others now.
            heads.append(group.head.written({1: structs(written), 4: None, 5: None}))
        footer = self._head.written({
            2: structs(self._schema(places)),
            3: signed(sum(group.n_rows for group in groups)),
            4: structs(heads),
            5: self._words(places),
            7: None, 8: None, 9: None,
        })  # fmt: skip
        return b"".join([*parts, footer, len(footer).to_bytes(4, "little"), MAGIC])

    def _schema(self, places: Sequence[int]) -> list[bytes]:
        root = _typed(self._head[2][0], Struct).written({5: signed(len(places))})
        elements = [element for place in places for element in self.columns[place].elements]
        return [root, *(element.written({}) for element in elements)]

    def _words(self, places: Sequence[int]) -> bytes | None:
        """What the footer says besides: the Arrow schema, of these columns."""
        if self._arrow is None:
            return None
        schema, fields = self._arrow
        message = schema_of(schema.data, [fields[place] for place in places])
        value = base64.b64encode(message)
        return structs([b"\x18" + binary(_ARROW_SCHEMA) + b"\x18" + binary(value) + b"\0"])

    def fail(self, message: str, help_: str = DAMAGED) -> TableError:
        """The error of the file."""
        return TableError(message, self._place, help_)


_SECRET = -1
"""In place of a codec, where a chunk is encrypted."""

_OFFSETS = (9, 11)
"""Fields of a chunk's metadata: where its pages begin, and where its dictionary does."""

_FARTHER = (10, 14, 15)
"""Those that lead to what is not handed on: an index of pages, a Bloom filter."""


def count_of(value: object) -> int | None:
    """A number that counts something; None where the value is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _typed(value: Any, kind: type) -> Any:
    """The value, or an empty one where it is of another type."""
    if isinstance(value, kind):
        return value
    return Struct(b"") if kind is Struct else kind()
