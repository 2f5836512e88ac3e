"""What follows from faults already found: one fault gives one diagnostic, not five.

The reader leaves out what is not of the right shape, so that the rules can look at all the rest;
what a rule then finds *because* something was left out is no fault of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nnspec.diagnostics import Finding, Path
from nnspec.text.document import Document

HARMLESS = frozenset({"NS201", "NS202", "NS304"})
"""Faults that leave the value at their path as it was meant: the rules may look at it."""

BULK_KEYS = frozenset({"size", "from", "weights", "convolution", "for", "use"})
"""What a bulk layer's shape depends on."""

OF_LAYER_SHAPE = frozenset({"NS402", "NS403", "NS502", "NS503"})
"""Rules that compare one of these keys with another."""

OF_RANGE = frozenset({"NS501", "NS505", "NS506", "NS703", "NS704"})
"""Rules that compare a value, a limit or a transform with an input's range."""

DROPPED_ENTRY = "<<"
"""The last step of the path that stands for an entry whose key was refused."""


def is_own_fault(document: Document, finding: Finding) -> bool:
    """Whether a fault of shape is more than the consequence of a fault of the YAML."""
    if document.is_spoilt(finding.path):
        return False
    lacks_an_entry = (*finding.path, DROPPED_ENTRY) in document.spoilt
    return not (lacks_an_entry and finding.code in ("NS202", "NS205", "NS705", "NS402"))


class Faults:
    """The faults of a document's YAML and shape, and what follows from them for the rules."""

    def __init__(self, document: Document, shape: list[Finding]) -> None:
        self._document = document
        self._shape = shape
        self._spoilt = document.spoilt | {f.path for f in shape if f.code not in HARMLESS}
        self._above = {path[:n] for path in self._spoilt for n in range(len(path))}
        self._lacking = {f.path for f in shape if f.code == "NS202"}
        self._stand_in_unread = any(
            path[:1] == ("inputs",) and path[2:3] == ("missing",) for path in self._spoilt
        )
        self._range_unread = any(
            path[:1] == ("inputs",) and path[2:3] == ("range",) for path in self._spoilt
        )
        self._misshapen = {path[:2] for path in map(_path, shape) if _is_bulk_part(path)}

    @property
    def names_complete(self) -> bool:
        """Whether all that declares names could be read."""
        return not any(map(_hides_names, self._hiding()))

    def explain(self, finding: Finding) -> bool:
        """Whether what a rule found is only a consequence of these faults."""
        path = finding.path
        if any(path[:n] in self._spoilt for n in range(len(path) + 1)):
            return True
        if finding.at == "value" and self._value_path(path) in self._above:
            return True
        if path[:-1] in self._lacking and not _stands(self._document.data, path):
            return True
        if finding.code == "NS702" and self._stand_in_unread:
            return True
        if finding.code in OF_RANGE and self._range_unread:
            return True
        return finding.code in OF_LAYER_SHAPE and path[:2] in self._misshapen | self._lacking

    def _value_path(self, path: Path) -> Path:
        """The path of a value as the document has it: a single step may stand without a list."""
        is_step = path[:1] == ("inputs",) and path[2:3] == ("transform",)
        return path[:3] if is_step and not _stands(self._document.data, path) else path

    def _hiding(self) -> Iterator[Path]:
        """Paths of what could not be read as it was meant, or not at all."""
        for path in self._document.spoilt:
            yield path[:-1] if path[-1:] == (DROPPED_ENTRY,) else path
        yield from (f.path for f in self._shape if f.code not in ("NS201", "NS304"))


def _path(finding: Finding) -> Path:
    return finding.path


def _is_bulk_part(path: Path) -> bool:
    return path[:1] == ("layers",) and len(path) > 2 and path[2] in BULK_KEYS


def _hides_names(path: Path) -> bool:
    """Whether names may be declared in what stands at a path, so that they are unread."""
    if len(path) < 2:
        return path in ((), ("inputs",), ("layers",), ("parameters",))
    if path[0] == "layers":
        return len(path) == 2 or (len(path) == 3 and path[2] in ("neurons", "size", "name"))
    return path[0] == "inputs" and (len(path) == 2 or path[2] in ("type", "categories"))


def _stands(data: Any, path: Path) -> bool:
    """Whether a document has a value at a path."""
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True
