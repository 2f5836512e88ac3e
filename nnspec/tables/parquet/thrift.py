"""Thrift's compact protocol, in which Parquet writes its metadata, read without trust.

A struct becomes a dict of field number to value. Lengths are checked against the bytes at hand
before anything is made of them, and the depth is limited. A struct can be written again with some
of its fields changed; what nobody changed is written as it was read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Fields: TypeAlias = dict[int, Any]

Span: TypeAlias = tuple[int, int, int]
"""A field's type, and where the bytes of its value begin and end."""

_DEEPEST = 32
_STRUCT = 12


class ThriftError(ValueError):
    """Bytes that are no struct of the compact protocol, or not all of one."""


class Struct(Fields):
    """A struct, and the bytes that it was read from."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data
        self._spans: dict[int, Span] = {}

    def note(self, field: int, value: Any, span: Span) -> None:
        """Take in a field."""
        self[field] = value
        self._spans[field] = span

    def written(self, changed: Mapping[int, bytes | None]) -> bytes:
        """The struct in the compact protocol.

        Parameters
        ----------
        changed
            Other bytes for the values of some fields that it has; None leaves a field out.
        """
        parts: list[bytes] = []
        last = 0
        for field, (kind, start, stop) in sorted(self._spans.items()):
            value = changed.get(field, self._data[start:stop])
            if value is None:
                continue
            near = 0 < field - last < 16
            parts.append(bytes([(field - last) << 4 | kind]) if near else bytes([kind]))
            parts.append(value if near else signed(field) + value)
            last = field
        return b"".join([*parts, b"\0"])


def unsigned(number: int) -> bytes:
    """A number of seven bits a byte."""
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def signed(number: int) -> bytes:
    """A number in zigzag, as the compact protocol writes those that have a sign."""
    return unsigned(number << 1 if number >= 0 else (-number << 1) - 1)


def binary(data: bytes) -> bytes:
    """Bytes, or a text, as a value."""
    return unsigned(len(data)) + data


def structs(values: Sequence[bytes]) -> bytes:
    """A list of structs, as a value."""
    n = len(values)
    head = bytes([n << 4 | _STRUCT]) if n < 15 else bytes([15 << 4 | _STRUCT]) + unsigned(n)
    return b"".join([head, *values])


class CompactReader:
    """Reads structs from bytes, one after another; ``position`` is where the next begins."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        self._data = data
        self.position = position

    def struct(self, depth: int = 0) -> Struct:
        """A struct, as field number to value.

        Raises
        ------
        ThriftError
            If the bytes are none.
        """
        if depth > _DEEPEST:
            raise ThriftError("too deep")
        fields = Struct(self._data)
        field = 0
        while True:
            head = self._byte()
            if head == 0:
                return fields
            delta, kind = head >> 4, head & 15
            field = field + delta if delta else self.signed()
            start = self.position
            value = _TRUTHS[kind] if kind in _TRUTHS else self._value(kind, depth)
            fields.note(field, value, (kind, start, self.position))

    def signed(self) -> int:
        """An integer in zigzag."""
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ThriftError("an integer is too long")

    def _byte(self) -> int:
        try:
            byte = self._data[self.position]
        except IndexError:
            raise ThriftError("the bytes end within a struct") from None
        self.position += 1
        return byte

    def _take(self, count: int) -> bytes:
        end = self.position + count
        if end > len(self._data):
            raise ThriftError("the bytes end within a value")
        taken = self._data[self.position : end]
        self.position = end
        return taken

    def _value(self, kind: int, depth: int) -> Any:
        reader = _READERS.get(kind)
        if reader is None:
            raise ThriftError(f"unknown type {kind}")
        return reader(self, depth + 1)

    def _binary(self, _: int) -> bytes:
        return self._take(self._unsigned())

    def _double(self, _: int) -> float:
        return float(struct.unpack("<d", self._take(8))[0])

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        count, kind = head >> 4, head & 15
        if count == 15:
            count = self._unsigned()
        # Every element takes a byte at least.
        if count > len(self._data) - self.position:
            raise ThriftError("a list is longer than the bytes at hand")
        return [self._value(kind, depth) for _ in range(count)]

    def _map(self, depth: int) -> list[tuple[Any, Any]]:
        count = self._unsigned()
        if not count:
            return []
        if count > len(self._data) - self.position:
            raise ThriftError("a map is longer than the bytes at hand")
        kinds = self._byte()
        return [
            (self._value(kinds >> 4, depth), self._value(kinds & 15, depth)) for _ in range(count)
        ]


_TRUTHS = {1: True, 2: False}

_READERS: Mapping[int, Callable[[CompactReader, int], Any]] = {
    1: lambda reader, _: reader._byte() == 1,
    2: lambda reader, _: reader._byte() == 1,
    3: lambda reader, _: reader._byte(),
    4: lambda reader, _: reader.signed(),
    5: lambda reader, _: reader.signed(),
    6: lambda reader, _: reader.signed(),
    7: CompactReader._double,
    8: CompactReader._binary,
    9: CompactReader._list,
    10: CompactReader._list,
    11: CompactReader._map,
    _STRUCT: CompactReader.struct,
    13: lambda reader, _: reader._take(16),
}
