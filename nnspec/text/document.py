"""YAML text as plain data that knows where everything stands.

The document is built from the C parser's *events* with an explicit stack, not by PyYAML's
composer: an alias bomb, a million ``[`` or a duplicate key is seen as it is read, before anything
is allocated for it, and every key and value keeps its place in the text.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nnspec.diagnostics import Finding, Path, Span

NO_END = -1
"""Stored as a value's end when it is a block collection: its key is the place to point at."""

LINE_BREAK = re.compile(r"\r\n|\r|\n")


class MapNode(dict[str, Any]):
    """A mapping with the offsets of each of its keys and values in the text."""

    __slots__ = ("_places", "marks")

    def __init__(self) -> None:
        self.marks = array("q")  # key start, key end, value start, value end; per entry, in order
        self._places: dict[str, int] | None = None

    def place(self, key: str) -> int:
        """Which entry a key's is, from 0, once the mapping is whole."""
        if self._places is None:
            self._places = {key: place for place, key in enumerate(self)}
        return self._places[key]

    def rename(self, old: str, new: str) -> None:
        """Give one entry another key, in place; its position and marks stay."""
        entries = [(new if key == old else key, value) for key, value in self.items()]
        self.clear()
        self.update(entries)
        self._places = None

    def __repr__(self) -> str:
        # jsonschema formats the instance into each message; a large mapping must cost nothing.
        return "{…}"


class ListNode(list[Any]):
    """A list with the offsets of each of its items in the text."""

    __slots__ = ("marks",)

    def __init__(self) -> None:
        self.marks = array("q")  # start and end of each item, in order

    def __repr__(self) -> str:
        return "[…]"


@dataclass
class Document:
    """The data of one YAML text, its faults, and the way from a path to a place.

    Parameters
    ----------
    text
        The text, without a byte order mark.
    data
        Mappings (:class:`MapNode`), lists (:class:`ListNode`) and scalars; None if nothing could
        be read.
    findings
        Faults of the YAML itself, each with the offsets of its start and end in the text.
    spoilt
        Paths whose value was not read as written, because of one of these faults: what is found
        at or below them is a consequence, not a fault of its own.
    complete
        False when the text could not be read to its end.
    """

    text: str
    data: Any = None
    findings: list[tuple[Finding, int, int]] = field(default_factory=list)
    spoilt: set[Path] = field(default_factory=set)
    complete: bool = True
    _line_starts: list[int] = field(default_factory=list, repr=False)

    def span_of_offsets(self, start: int, end: int) -> Span:
        """The place of a stretch of text, cut at the end of its first line."""
        line = bisect_right(self._starts(), start) - 1
        begins, ends = self._starts()[line], self._line_end(line)
        start = min(start, ends)
        if end > ends:  # what goes on in the next line is marked to the end of what is written
            end = start + len(self.text[start:ends].rstrip())
        end = max(end, start)
        return Span(line + 1, start - begins + 1, line + 1, end - begins + 1)

    def span(self, path: Path, *, key: bool = False) -> Span:
        """The place of the value at a path, or of its key; of the nearest parent if it is absent.

        A block collection is pointed at by its key, since the block itself runs over many lines.
        """
        return self.span_of_offsets(*self._offsets(path, key=key))

    def line_text(self, line: int) -> str:
        """One line of the text, counted from 1, without its end."""
        index = line - 1
        if not 0 <= index < len(self._starts()):
            return ""
        return self.text[self._starts()[index] : self._line_end(index)]

    def source_at(self, path: Path) -> str:
        """The text of the scalar at a path, as it was written."""
        start, end = self._offsets(path, key=False)
        return self.text[start:end]

    def is_spoilt(self, path: Path) -> bool:
        """Whether the value at a path, or one it stands in, was not read as written."""
        return bool(self.spoilt) and any(path[:n] in self.spoilt for n in range(len(path) + 1))

    def _offsets(self, path: Path, *, key: bool) -> tuple[int, int]:
        node, place = self.data, (0, 0)
        for depth, step in enumerate(path):
            found = _entry(node, step, key=key and depth == len(path) - 1)
            if found is None:
                return place if depth else self._first_token()
            place = found
            node = node[step]
        return place if path else self._first_token()

    def _first_token(self) -> tuple[int, int]:
        for start in self._starts():
            line = LINE_BREAK.split(self.text[start : start + 2000], maxsplit=1)[0]
            if line.strip() and not line.lstrip().startswith(("#", "---", "%")):
                return start + len(line) - len(line.lstrip()), start + len(line.rstrip())
        return 0, 0

    def _starts(self) -> list[int]:
        if not self._line_starts:
            self._line_starts.append(0)
            self._line_starts.extend(m.end() for m in LINE_BREAK.finditer(self.text))
        return self._line_starts

    def _line_end(self, index: int) -> int:
        starts = self._starts()
        if index + 1 == len(starts):
            return len(self.text)
        end = starts[index + 1] - 1
        return end - 1 if self.text[end - 1 : end + 1] == "\r\n" else end


def _entry(node: Any, step: str | int, *, key: bool) -> tuple[int, int] | None:
    if isinstance(node, MapNode) and isinstance(step, str) and step in node:
        at = 4 * node.place(step)
        key_start, key_end, start, end = node.marks[at : at + 4]
        # A block collection runs over many lines, and a missing value has no place of its own.
        return (key_start, key_end) if key or end in (NO_END, start) else (start, end)
    if isinstance(node, ListNode) and isinstance(step, int) and 0 <= step < len(node):
        start, end = node.marks[2 * step : 2 * step + 2]
        return start, end if end != NO_END else start + 2**31
    return None


def walk(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a document with its path, parents first."""
    stack = [(path, data)]
    while stack:
        at, value = stack.pop()
        yield at, value
        if isinstance(value, dict):
            stack.extend((((*at, key), item) for key, item in reversed(value.items())))
        elif isinstance(value, list):
            stack.extend(((*at, i), value[i]) for i in reversed(range(len(value))))
