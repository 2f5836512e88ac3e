"""Where the weights and biases of a spec's layers stand in its text, to the letter."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from nnspec.diagnostics import CannotError

KEYS = ("weights", "bias")

COLON = re.compile(r"\s*:")

STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


@dataclass(slots=True)
class TextPlace:
    """The text of one value.

    Parameters
    ----------
    key_start, key_end
        Where its key begins and ends.
    start, end
        Where it begins, and where the last thing that is written of it ends.
    is_block
        Whether it is written over lines with ``-`` or ``key:`` rather than in brackets.
    anchors
        How many anchors stand on it and in it.
    keys
        The keys of a map.
    """

    key_start: int
    key_end: int
    start: int
    end: int
    is_block: bool = False
    anchors: int = 0
    keys: list[str] = field(default_factory=list)

    def edits(self, text: str, value: str) -> list[tuple[int, int, str]]:
        """What to replace in a text so that another value, in brackets, stands in this place."""
        if self.anchors:
            line = text.count("\n", 0, self.start) + 1
            message = f"line {line} carries an anchor (&), which other lines may use"
            raise CannotError(f"{message}; write the value out where it is used")
        if not self.is_block:
            return [(self.start, self.end, value)]
        colon = COLON.match(text, self.key_end)
        if colon is None:
            line = text.count("\n", 0, self.key_start) + 1
            raise CannotError(f"line {line}: write the key as 'key:', then its value")
        if not text[colon.end() : self.start].strip():
            return [(colon.end(), self.end, f" {value}")]
        # A comment stands after the key: it stays, and the value goes before it.
        rest = text.rindex("\n", 0, self.start)
        return [(colon.end(), colon.end(), f" {value}"), (rest, self.end, "")]


@dataclass(slots=True)
class _Level:
    """A map or list that is being read: how many entries it had, and the key that waits."""

    is_map: bool
    count: int = 0
    key: str | None = None
    mark: tuple[int, int] = (0, 0)


def value_places(text: str) -> dict[tuple[int, str], TextPlace]:
    """The place of each layer's ``weights`` and ``bias``, by the layer's number and the key.

    The text must be one that was parsed without faults.
    """
    finder = _Finder()
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, ENDS):
            finder.close(event)
        elif isinstance(event, yaml.NodeEvent):
            finder.node(event)
    return finder.places


class _Finder:
    """Follows the events of a text, and notes the values that are wanted."""

    def __init__(self) -> None:
        self.places: dict[tuple[int, str], TextPlace] = {}
        self.stack: list[_Level] = []
        self.current: TextPlace | None = None
        self.depth = 0

    def node(self, event: Any) -> None:
        """Take in the start of a map or list, a scalar or an alias."""
        level = self.stack[-1] if self.stack else None
        if level is not None and level.is_map and level.key is None:
            level.key = str(event.value)
            level.mark = (event.start_mark.index, event.end_mark.index)
            if self.current is not None and len(self.stack) == self.depth + 1:
                self.current.keys.append(level.key)
            return
        if level is not None:
            level.count += 1
        if self.current is None and self._is_wanted():
            self._open(event)
        if self.current is not None and not isinstance(event, yaml.AliasEvent):
            self.current.anchors += event.anchor is not None
        if isinstance(event, STARTS):
            self.stack.append(_Level(isinstance(event, yaml.MappingStartEvent)))
        else:
            self._end_value(event.end_mark.index)

    def close(self, event: Any) -> None:
        """Take in the end of a map or list."""
        self.stack.pop()
        # The end of a block stands where the next thing begins, and is no letter of it.
        is_bracket = event.end_mark.index > event.start_mark.index
        self._end_value(event.end_mark.index if is_bracket else 0)

    def _is_wanted(self) -> bool:
        kinds = [level.is_map for level in self.stack]
        if kinds != [True, False, True] or self.stack[0].key != "layers":
            return False
        return self.stack[2].key in KEYS

    def _open(self, event: Any) -> None:
        level = self.stack[2]
        is_block = isinstance(event, STARTS) and not event.flow_style
        start = event.start_mark.index
        self.current, self.depth = TextPlace(*level.mark, start, start, is_block), len(self.stack)
        self.places[self.stack[1].count - 1, str(level.key)] = self.current

    def _end_value(self, end: int) -> None:
        if self.current is not None:
            self.current.end = max(self.current.end, end)
            if len(self.stack) == self.depth:
                self.current = None
        if self.stack:
            self.stack[-1].key = None
