"""The columns that an Arrow schema declares: their types, and how they lie in a record batch.

Numbers of types, slots and units are those of Arrow's ``Schema.fbs`` and ``Message.fbs``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from nnspec.tables.arrow.flatbuffers import FlatbufferError, Table

_DEEPEST = 64
_UNITS = ("s", "ms", "us", "ns")
_OFFSET_ZONE = re.compile(r"[+-]\d\d:?\d\d")


@dataclass(frozen=True, slots=True)
class ArrowField:
    """A column, or what is nested in one.

    Parameters
    ----------
    name
        Its name.
    kind
        Its type, as Arrow numbers them.
    table
        The schema's own words, of which only what is needed was read.
    children
        What is nested in it.
    dictionary
        The number of the dictionary that it refers to, if it does.
    """

    name: str
    kind: int
    table: Table
    children: tuple[ArrowField, ...]
    dictionary: int | None

    @classmethod
    def read(cls, table: Table, depth: int = 0) -> ArrowField:
        """A field of a schema.

        Raises
        ------
        FlatbufferError
            If it is none.
        """
        if depth > _DEEPEST:
            raise FlatbufferError("types are nested too deep")
        encoding = table.table(4)
        children = tuple([cls.read(child, depth + 1) for child in table.tables(5)])
        dictionary = None if encoding is None else encoding.scalar(0, "q")
        return cls(table.text(0), table.scalar(2, "B"), table, children, dictionary)

    def every(self) -> Iterator[ArrowField]:
        """The field itself, and all that is nested in it, as they lie in a record batch."""
        yield self
        # The values of a dictionary, nested or not, lie in the dictionary's own batch.
        if self.dictionary is None:
            for child in self.children:
                yield from child.every()

    def dictionaries(self) -> Iterator[int]:
        """The dictionaries that it needs, those that their values refer to included."""
        if self.dictionary is not None:
            yield self.dictionary
        for child in self.children:
            yield from child.dictionaries()

    @property
    def n_buffers(self) -> int:
        """How many buffers it has by itself, besides those that its batch counts."""
        if self.dictionary is not None:
            return 2
        if self.kind not in _BUFFERS:
            raise FlatbufferError(
                f"column {self.name!r} has a type of the unknown number {self.kind}"
            )
        if self.kind == _UNION:
            return 1 + self._type.scalar(0, "h")
        return _BUFFERS[self.kind]

    @property
    def is_view(self) -> bool:
        """Whether its batch counts how many more buffers it has."""
        return self.dictionary is None and self.kind in _VIEWS

    @property
    def _type(self) -> Table:
        found = self.table.table(3)
        if found is None:
            raise FlatbufferError(f"column {self.name!r} has no type")
        return found

    def refusal(self) -> str | None:
        """The type's name, if it is one of which values would be lost or changed; else None."""
        own = _REFUSED[self.kind](self._type) if self.kind in _REFUSED else None
        nested = (child.refusal() for child in self.children)
        return own or next((f"nested {name}" for name in nested if name), None)


def _decimal(kind: Table) -> str | None:
    precision, scale, width = kind.scalar(0, "i"), kind.scalar(1, "i"), kind.scalar(2, "i", 128)
    odd = width > 128 or not 0 <= scale <= precision or not 1 <= precision <= 38
    return f"decimal{width}({precision}, {scale})" if odd else None


def _timestamp(kind: Table) -> str | None:
    zone = kind.text(1)
    unit = _UNITS[kind.scalar(0, "h") % len(_UNITS)]
    return f"timestamp[{unit}, {zone}]" if _OFFSET_ZONE.fullmatch(zone) else None


_UNION, _BINARY_VIEW, _TEXT_VIEW = 14, 23, 24
_VIEWS = (_BINARY_VIEW, _TEXT_VIEW)

_REFUSED: Mapping[int, Callable[[Table], str | None]] = {
    7: _decimal,
    10: _timestamp,
    11: lambda _: "interval",
    _UNION: lambda _: "union",
    22: lambda _: "run-end-encoded",
    25: lambda _: "list_view",
    26: lambda _: "large_list_view",
}

_BUFFERS: Mapping[int, int] = {
    1: 0,  # null
    **dict.fromkeys((2, 3, 6, 7, 8, 9, 10, 11, 15, 18), 2),  # of a fixed width: validity, values
    **dict.fromkeys((4, 5, 19, 20), 3),  # binary and text: validity, offsets, bytes
    **dict.fromkeys((12, 17, 21), 2),  # lists and maps: validity, offsets
    **dict.fromkeys((13, 16), 1),  # structs and lists of a fixed size: validity
    _UNION: 1,  # types, and the offsets of a dense one
    22: 0,  # run ends and values are children
    **dict.fromkeys(_VIEWS, 2),  # validity, views, and as many more as the batch says
    **dict.fromkeys((25, 26), 3),  # validity, offsets, sizes
}
