"""FlatBuffers, in which Arrow writes its metadata, read without trust.

A table is a place in the bytes from which its fields are found by offsets. Every offset is checked
against the bytes at hand before anything is made of it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_SCALARS = {name: struct.Struct(f"<{name}") for name in "bBhHiIqQ"}
_FIRST_SLOT = 4


class FlatbufferError(ValueError):
    """Bytes that are no table, or not all of one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: where it stands in the bytes.

    Parameters
    ----------
    data
        The whole buffer.
    position
        Where the table begins.
    """

    data: bytes
    position: int

    @classmethod
    def root(cls, data: bytes) -> Table:
        """The table that a buffer begins with a reference to."""
        return cls(data, _scalar(data, 0, "I"))

    def _field(self, slot: int) -> int | None:
        """Where a field stands; None where it has its default."""
        vtable = self.position - _scalar(self.data, self.position, "i")
        at = _FIRST_SLOT + 2 * slot
        if at + 2 > _scalar(self.data, vtable, "H"):
            return None
        offset = _scalar(self.data, vtable + at, "H")
        return self.position + offset if offset else None

    def scalar(self, slot: int, kind: str, default: int = 0) -> int:
        """A number, given its kind in the letters of :mod:`struct`.

        Raises
        ------
        FlatbufferError
            If it does not stand within the bytes; so with every other field.
        """
        at = self._field(slot)
        return default if at is None else _scalar(self.data, at, kind)

    def reference(self, slot: int) -> int | None:
        """Where that stands which a field refers to."""
        at = self._field(slot)
        return None if at is None else at + _scalar(self.data, at, "I")

    def table(self, slot: int) -> Table | None:
        """A table of its own; None if there is none."""
        at = self.reference(slot)
        return None if at is None else Table(self.data, at)

    def text(self, slot: int) -> str:
        """A string; an empty one if there is none."""
        at = self.reference(slot)
        if at is None:
            return ""
        length = _scalar(self.data, at, "I")
        if at + 4 + length > len(self.data):
            raise FlatbufferError("a string is longer than the bytes at hand")
        try:
            return self.data[at + 4 : at + 4 + length].decode("utf-8")
        except UnicodeDecodeError:
            raise FlatbufferError("a string is not UTF-8") from None

    def structs(self, slot: int, form: str) -> Iterator[tuple[int, ...]]:
        """A vector of plain values, each in the form of :mod:`struct`."""
        at = self.reference(slot)
        if at is None:
            return
        each = struct.Struct(form)
        count = _scalar(self.data, at, "I")
        stop = at + 4 + count * each.size
        if stop > len(self.data):
            raise FlatbufferError("a vector is longer than the bytes at hand")
        yield from each.iter_unpack(self.data[at + 4 : stop])

    def tables(self, slot: int) -> list[Table]:
        """A vector of tables."""
        at = self.reference(slot)
        if at is None:
            return []
        offsets = [offset for (offset,) in self.structs(slot, "<I")]
        return [Table(self.data, at + 4 + 4 * i + offset) for i, offset in enumerate(offsets)]


def _scalar(data: bytes, at: int, kind: str) -> int:
    form = _SCALARS[kind]
    if at < 0 or at + form.size > len(data):
        raise FlatbufferError("an offset leads out of the bytes")
    return int(form.unpack_from(data, at)[0])
