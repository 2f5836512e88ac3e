"""An Arrow IPC file's own account of itself, and parts of it as streams of their own.

The library that decodes Arrow takes a file as a whole: one column of a type that it does not know,
though nobody reads it, ends the reading, and so may a damaged batch without a word. So the file's
metadata are read here. What is handed on is a stream of the wanted columns and some batches alone:
their schema, written anew in front of the file's own words (offsets in FlatBuffers only lead
forward, so that these may stay as they are), and for each batch the wanted buffers.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.arrow.fields import ArrowField
from nnspec.tables.arrow.flatbuffers import FlatbufferError, Table
from nnspec.tables.errors import Place, TableError

MAGIC = b"ARROW1"

METADATA_BYTES = 2**28
"""The longest footer, or metadata of a batch."""

UNPACKED_BYTES = 2**31
"""The largest buffer, once unpacked."""

_DAMAGED = "the file is damaged, or was not written to its end: write it anew"
_MOST_PADDING = 1024
_CONTINUED = b"\xff\xff\xff\xff"
_END = struct.pack("<II", 0xFFFFFFFF, 0)
_SCHEMA, _DICTIONARY_BATCH, _RECORD_BATCH = 1, 2, 3
_VERSION = 4  # V5, in which a union has no validity


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """A record batch: how many rows it has, and where its message stands."""

    n_rows: int
    start: int
    length: int
    body: int


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The values, or some of the values, of a dictionary: where their message stands."""

    number: int
    start: int
    length: int
    has_nulls: bool


@dataclass(frozen=True, slots=True)
class Stream:
    """Some columns of some batches as an Arrow IPC stream, and how many nulls each says it has.

    Left out are columns that may have more, among the values of their dictionary.
    """

    data: bytes
    n_nulls: dict[str, int]


class ArrowFile:
    """The columns and batches of an open Arrow IPC file.

    Parameters
    ----------
    stream
        The file, which can be sought in.
    path
        Its name, for messages.

    Raises
    ------
    TableError
        If its footer cannot be right.
    """

    def __init__(self, stream: BinaryIO, path: str) -> None:
        self._stream = stream
        self._place = Place(path)
        size = stream.seek(0, os.SEEK_END)
        tail = self._bytes(max(size - 10, 0), 10)
        length = int.from_bytes(tail[:4], "little")
        if size < 24 or tail[4:] != MAGIC:
            raise self.fail("the Arrow file has no footer")
        self._stop = size - 10 - length
        if self._stop < 8 or length > METADATA_BYTES:
            raise self.fail(f"the Arrow file's footer cannot have {length:,} bytes")
        self._footer = self._bytes(self._stop, length)
        try:
            footer = Table.root(self._footer)
            schema = footer.table(1)
            if schema is None or schema.scalar(0, "h") != 0:
                raise self.fail("the Arrow file's numbers are not little-endian")
            self.fields = tuple([ArrowField.read(table) for table in schema.tables(1)])
            self._places: dict[str, list[int]] = {}
            for place, field in enumerate(self.fields):
                self._places.setdefault(field.name, []).append(place)
            blocks = [list(footer.structs(slot, "<qi4xq")) for slot in (2, 3)]
            self._dictionaries = [self._dictionary(*at) for at in blocks[0]]
            self.batches = tuple([self._batch(*at) for at in blocks[1]])
            self._check_whole([(at, at + n + body) for at, n, body in blocks[0] + blocks[1]])
        except FlatbufferError as error:
            raise self.fail(f"the Arrow file's footer cannot be read: {error}") from None

    def _check_whole(self, blocks: Sequence[tuple[int, int]]) -> None:
        """Refuse a footer that leaves out, or names twice, what stands behind the schema."""
        places = [*sorted(blocks), (self._stop, self._stop)]
        at = self._end_of_schema(places[0][0])
        for start, stop in places:
            gap = self._bytes(at, min(start - at, _MOST_PADDING + 1)) if at <= start else None
            if gap is None or len(gap) > _MOST_PADDING or gap.replace(_END, b"").strip(b"\0"):
                raise self.fail("the Arrow file's footer does not name all that stands in the file")
            at = stop

    def _end_of_schema(self, first: int) -> int:
        """Where the schema ends that stands in front of the batches, of which one is the first."""
        head = self._bytes(8, 8)
        if head[:4] == _CONTINUED:
            return 16 + int.from_bytes(head[4:8], "little")
        # polars writes it without its length: up to the next message.
        head = self._bytes(8, min(first - 8, METADATA_BYTES))
        found = (at for at in range(0, len(head), 8) if head[at : at + 4] == _CONTINUED)
        return 8 + next(found, len(head))

    def _batch(self, start: int, length: int, body: int) -> RecordBatch:
        head = self._header(start, length, body, _RECORD_BATCH)
        n_rows = head.scalar(0, "q")
        if not 0 <= n_rows < 2**40:
            raise self.fail(f"a record batch cannot have {n_rows:,} rows")
        return RecordBatch(n_rows, start, length, body)

    def _dictionary(self, start: int, length: int, body: int) -> Dictionary:
        head = self._header(start, length, body, _DICTIONARY_BATCH)
        values = head.table(1)
        nodes = [] if values is None else list(values.structs(1, "<qq"))
        return Dictionary(head.scalar(0, "q"), start, length + body, any(n for _, n in nodes))

    def _header(self, start: int, length: int, body: int, kind: int) -> Table:
        """What the message at a place says, beyond its own kind."""
        if start < 8 or length < 8 or body < 0 or start + length + body > self._stop:
            raise self.fail("the place of a record batch cannot be right")
        if length > METADATA_BYTES:
            raise self.fail(f"the metadata of a record batch cannot have {length:,} bytes")
        data = self._bytes(start, length)
        # Before version 0.15 a message began with its length, without the mark of continuation.
        begin = 8 if data[:4] == _CONTINUED else 4
        if begin + int.from_bytes(data[begin - 4 : begin], "little") != length:
            raise self.fail("the metadata of a record batch are not as long as the footer says")
        message = Table.root(data[begin:])
        head = message.table(2)
        if head is None or message.scalar(1, "B") != kind or message.scalar(3, "q") != body:
            raise self.fail("a record batch is not what the footer says of it")
        return head

    def columns(self, names: Sequence[str]) -> list[int]:
        """The places of columns among the file's.

        Raises
        ------
        TableError
            If the file has two of the name.
        """
        found = []
        for name in names:
            places = self._places[name]
            if len(places) > 1:
                message = f"the Arrow file has {len(places)} columns of the name {quote(name)}"
                raise self.fail(message, "give every column a name of its own")
            found += places
        return sorted(found)

    def stream(self, columns: Sequence[int], batches: Sequence[RecordBatch]) -> Stream:
        """Some columns of some batches, as an Arrow IPC stream.

        Raises
        ------
        TableError
            If a batch is not what the schema says of it.
        """
        wanted = {at for i in columns for at in self.fields[i].dictionaries()}
        parts = [schema_of(self._footer, [self.fields[i] for i in columns])]
        dictionaries = [one for one in self._dictionaries if one.number in wanted]
        parts += [self._bytes(one.start, one.length) for one in dictionaries]
        nulls = dict.fromkeys(columns, 0)
        try:
            for batch in batches:
                parts += self._projected(columns, batch, nulls)
        except FlatbufferError as error:
            raise self.fail(f"a record batch cannot be read: {error}") from None
        unsure = {one.number for one in dictionaries if one.has_nulls}
        counted = {
            self.fields[i].name: n for i, n in nulls.items()
            if self.fields[i].dictionary not in unsure
        }  # fmt: skip
        return Stream(b"".join([*parts, _END]), counted)

    def _projected(
        self, columns: Sequence[int], batch: RecordBatch, nulls: dict[int, int]
    ) -> Iterator[bytes]:
        """The message and the buffers of some columns of a batch; their nulls are added up."""
        head = self._header(batch.start, batch.length, batch.body, _RECORD_BATCH)
        nodes, buffers, counts = [], [], []
        every_node = iter(head.structs(1, "<qq"))
        every_buffer = iter(head.structs(2, "<qq"))
        every_count = iter(head.structs(4, "<q"))
        packed = head.table(3)
        for i, column in enumerate(self.fields):
            for field in column.every():
                node = _next(every_node)
                n = field.n_buffers
                if field.is_view:
                    (count,) = _next(every_count)
                    n += count
                own = [_next(every_buffer) for _ in range(n)]
                if i not in columns:
                    continue
                if not 0 <= node[1] <= node[0] or (field is column and node[0] != batch.n_rows):
                    raise FlatbufferError(f"column {quote(column.name)} cannot be so long")
                nulls[i] += node[1] if field is column else 0
                nodes.append(node)
                buffers += own
                counts += [count] if field.is_view else []
        body, places = self._buffers(buffers, batch, packed is not None)
        yield _record_batch(batch.n_rows, nodes, places, counts, packed, len(body))
        yield body

    def _buffers(
        self, buffers: Sequence[tuple[int, ...]], batch: RecordBatch, packed: bool
    ) -> tuple[bytes, list[tuple[int, int]]]:
        """The bytes of some buffers, and where each stands among them."""
        parts: list[bytes] = []
        places = []
        at = 0
        for start, length in buffers:
            if start % 8 or not 0 <= start <= start + length <= batch.body:
                raise FlatbufferError("a buffer lies outside of its batch")
            data = self._bytes(batch.start + batch.length + start, length)
            if len(data) != length:
                raise FlatbufferError("the file ends within a buffer")
            if (
                packed
                and length
                and not -1 <= int.from_bytes(data[:8], "little", signed=True) <= UNPACKED_BYTES
            ):
                raise FlatbufferError("a buffer cannot unpack to so many bytes")
            places.append((at, length))
            parts.append(data.ljust(_padded(length), b"\0"))
            at += len(parts[-1])
        return b"".join(parts), places

    def _bytes(self, start: int, count: int) -> bytes:
        self._stream.seek(start)
        return self._stream.read(count)

    def fail(self, message: str, help_: str = _DAMAGED) -> TableError:
        """The error of the file."""
        return TableError(message, self._place, help_)


def schema_of(words: bytes, fields: Sequence[ArrowField]) -> bytes:
    """The message of a schema of some fields, in front of the words that describe them."""
    vector = 64
    old = _padded(vector + 4 + 4 * len(fields))
    # Where a reference stands is subtracted: offsets count from there.
    offsets = [old + one.table.position - (vector + 4 + 4 * i) for i, one in enumerate(fields)]
    front = _message(_SCHEMA, 48, 0) + struct.pack("<HHHH iIH6x", 8, 12, 8, 4, 8, vector - 52, 0)
    front += struct.pack(f"<I{len(fields)}I", len(fields), *offsets)
    return _encapsulated(front.ljust(old, b"\0") + words)


def _next(values: Iterator[tuple[int, ...]]) -> tuple[int, ...]:
    found = next(values, None)
    if found is None:
        raise FlatbufferError("it has less than its schema says")
    return found


def _padded(length: int) -> int:
    return -(-length // 8) * 8


def _encapsulated(metadata: bytes) -> bytes:
    metadata = metadata.ljust(_padded(len(metadata)), b"\0")
    return struct.pack("<II", 0xFFFFFFFF, len(metadata)) + metadata


def _message(kind: int, head: int, body: int) -> bytes:
    """The first 40 bytes of a message whose header is the table at ``head``."""
    vtable = struct.pack("<HHHHHH", 12, 24, 16, 18, 4, 8)
    return (
        struct.pack("<I", 16)
        + vtable
        + struct.pack("<iIqHB5x", 12, head - 20, body, _VERSION, kind)
    )


def _record_batch(
    n_rows: int,
    nodes: Sequence[tuple[int, ...]],
    buffers: Sequence[tuple[int, int]],
    counts: Sequence[int],
    packed: Table | None,
    body: int,
) -> bytes:
    """The message of a record batch."""
    vectors = [(nodes, 2), (buffers, 2), ([(count,) for count in counts], 1)]
    parts, places = [], []
    at = 88
    for values, width in vectors:
        # The values, of eight bytes each, begin at a multiple of eight.
        places.append(at + 4)
        flat = [number for value in values for number in value]
        parts.append(struct.pack(f"<4xI{width * len(values)}q", len(values), *flat))
        at += len(parts[-1])
    compression = at + 8
    codec = 0 if packed is None else packed.scalar(0, "b")
    method = 0 if packed is None else packed.scalar(1, "b")
    parts.append(struct.pack("<HHHH ibb2x", 8, 8, 4, 5, 8, codec, method))
    table = 56
    vtable = struct.pack(
        "<7H2x", 14, 32, 8, 4, 16, 20 if packed is not None else 0, 24 if counts else 0
    )
    head = struct.pack(
        "<iIqIII4x", 16, places[0] - (table + 4), n_rows, places[1] - (table + 16),
        compression - (table + 20), places[2] - (table + 24),
    )  # fmt: skip
    return _encapsulated(_message(_RECORD_BATCH, table, body) + vtable + head + b"".join(parts))
