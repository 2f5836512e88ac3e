"""Differences brought together as a reader takes them in: by neuron, each with its own table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nnspec.comparing.render.wording import excerpts, percent, shown
from nnspec.comparing.structure.differences import Difference, WeightMove, WeightMoves
from nnspec.views.numbers import exact_text

MARKS = {"added": "+", "removed": "-"}
"""How a line begins; anything else is a change, ``~``."""

TOGETHER = {
    "network": "network",
    "input": "inputs",
    "parameter": "parameters",
    "example": "examples",
    "property": "properties",
}
"""Parts of which all differences stand in one table."""

MOST_USES = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One difference in words: texts that may hold anything that a spec may hold.

    Parameters
    ----------
    mark
        ``+``, ``-`` or ``~``.
    what
        What differs.
    old, new
        What it was and is; either may be empty.
    remark
        How much that is, and what else is to be said.
    group
        The example, the property, ... that it is about, where a section has many.
    """

    mark: str
    what: str
    old: str = ""
    new: str = ""
    remark: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a heading: a kind of thing, and the name of one, if it is about one."""

    kind: str
    name: str
    lines: tuple[Line, ...]


def sections(differences: Iterable[Difference]) -> list[Section]:
    """Every difference, in order, under the heading of its thing."""
    found: dict[tuple[str, str], list[Line]] = {}
    for difference in differences:
        together = TOGETHER.get(difference.part)
        key = (together, "") if together else (difference.part, difference.name)
        found.setdefault(key, []).extend(_lines(difference, named=together is not None))
    return [Section(kind, name, tuple(lines)) for (kind, name), lines in found.items()]


def _lines(difference: Difference, *, named: bool) -> list[Line]:
    mark = MARKS.get(difference.action, "~")
    if difference.moves is not None:
        return _matrix(difference.aspect, difference.moves)
    if not difference.aspect:
        return [_whole(difference, mark, named=named)]
    group = difference.name if named and difference.part != "network" else ""
    what = " ".join(filter(None, (difference.aspect, difference.source)))
    old, new = shown(difference.old), shown(difference.new)
    if difference.old is not None and difference.new is not None:
        old, new = excerpts(old, new)
    return [Line(mark, what, old, new, _remark(difference), group)]


def _remark(difference: Difference) -> str:
    moved = "sign flipped" if difference.action == "flipped" else ""
    share = "" if moved else percent(difference.share)
    return "; ".join(filter(None, (moved, share, difference.note, _uses(difference))))


def _uses(difference: Difference) -> str:
    if not difference.uses:
        return ""
    most = ", ".join(difference.uses[:MOST_USES])
    more = len(difference.uses) - MOST_USES
    return f"used by {most}" + (f" and {more:,} more" if more > 0 else "")


def _whole(difference: Difference, mark: str, *, named: bool) -> Line:
    """A thing that came, went or has another name."""
    group = difference.name if named else ""
    if difference.action == "renamed":
        old, new = shown(difference.old), shown(difference.new)
        return Line(mark, "name", old, new, group=group)
    facts = difference.new if difference.action == "added" else difference.old
    said = _facts(difference, facts)
    old, new = ("", said) if mark == "+" else (said, "")
    return Line(mark, difference.action, old, new, _uses(difference), group)


def _facts(difference: Difference, facts: object) -> str:
    """A thing that is in one spec only."""
    if not isinstance(facts, dict):
        return shown(facts)
    if difference.part == "neuron":
        return f"{facts['formula']} in layer {facts['layer']}"
    if difference.part in ("example", "property"):
        return shown(facts)
    return ", ".join(f"{key} {shown(value)}" for key, value in facts.items())


def _matrix(aspect: str, moves: WeightMoves) -> list[Line]:
    """A bulk layer's weights or biases: counts, then the largest moves."""
    counts = [
        f"{count:,} {what}"
        for count, what in (
            (moves.re_weighted, "changed"),
            (moves.flipped, "with their sign flipped"),
            (moves.added, "added"),
            (moves.removed, "removed"),
            (moves.same, "as they were"),
        )
        if count
    ]
    return [Line("~", aspect, remark=", ".join(counts)), *map(_weight, moves.largest)]


def _weight(move: WeightMove) -> Line:
    what = f"{move.source} -> {move.target}" if move.source else f"bias of {move.target}"
    mark = "+" if move.old is None else "-" if move.new is None else "~"
    remark = ""
    if move.old and move.new is not None:
        share = percent((move.new - move.old) / move.old)
        remark = "sign flipped" if move.old * move.new < 0 else share
    return Line(mark, what, exact_text(move.old), exact_text(move.new), remark)
