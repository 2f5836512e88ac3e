"""The weights and biases of layers given by matrices: how many moved, and which moved most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import nlargest
from operator import attrgetter
from typing import Any

from nnspec.comparing.structure.differences import (
    Difference,
    WeightMove,
    WeightMoves,
    compare_facts,
    plain,
)
from nnspec.comparing.structure.renames import Renames
from nnspec.spec.model import BulkLayer, FileWeights
from nnspec.spec.resolved import ResolvedLayer, bulk_biases

MOST_LISTED = 5
"""How many of a layer's weights are told one by one."""

Entries = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class NamedMatrix:
    """A layer given by a matrix, and the names by which it is compared."""

    layer: ResolvedLayer
    written: BulkLayer
    to: Renames

    @property
    def columns(self) -> tuple[str, ...]:
        """The units that the columns are, by their new names."""
        return tuple(map(self.to.unit, self.layer.columns))

    def weights(self) -> _Rows | None:
        """The weights; None where they stand in a file that was not opened."""
        numbers = self.written.weights.numbers
        if numbers is None:
            return None
        gaps = self.layer.aggregation.zero_is_absent
        return _Rows(self.written.size, numbers.row, self.columns, has_gaps=gaps)

    def biases(self) -> _Rows | None:
        """The biases as a matrix of one column without a name."""
        bias = self.written.bias
        if isinstance(bias, FileWeights) and bias.numbers is None:
            return None
        of_row = bulk_biases(self.written, bias, self.layer.parameters)
        return _Rows(self.written.size, lambda i: [(0, of_row(i)[0])], ("",), has_gaps=False)

    def places(self) -> dict[str, Any]:
        """Weights of which only the place is known, and the order of their columns."""
        is_file = isinstance(self.written.weights, FileWeights)
        columns = list(self.columns) if is_file else None
        return {"weights": _place(self.written.weights), "columns": columns}


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a matrix as they are kept; a million weights are not copied.

    Parameters
    ----------
    entries
        A row's columns and their numbers.
    columns
        What each column is called.
    has_gaps
        Whether a weight of 0 is no synapse.
    """

    size: int
    entries: Callable[[int], Entries]
    columns: tuple[str, ...]
    has_gaps: bool

    def named(self, entries: Entries) -> dict[str, float]:
        """The synapses of a row by their source."""
        return {self.columns[at]: w for at, w in entries if w != 0 or not self.has_gaps}


def compare_matrices(old: NamedMatrix, new: NamedMatrix) -> Iterator[Difference]:
    """What became of a layer's weights and biases."""
    name = new.layer.name
    before, after = old.weights(), new.weights()
    if before is None or after is None:
        yield from compare_facts("layer", name, old.places(), new.places())
    else:
        yield from _told(name, "weights", before, after)
    was, now = old.written.bias, new.written.bias
    if isinstance(was, str) and old.to.weight(was) == now:
        return  # the parameter is told, with its uses
    before, after = old.biases(), new.biases()
    if before is None or after is None:
        yield from compare_facts("layer", name, {"biases": _place(was)}, {"biases": _place(now)})
    else:
        yield from _told(name, "biases", before, after)


def _told(layer: str, aspect: str, old: _Rows, new: _Rows) -> Iterator[Difference]:
    counts: Counter[str] = Counter()
    largest = nlargest(MOST_LISTED, _moves(layer, old, new, counts), key=attrgetter("size"))
    if counts.keys() - {"same"}:
        moves = WeightMoves(**counts, largest=tuple(largest))
        yield Difference("layer", layer, "changed", aspect, moves=moves)


def _moves(layer: str, old: _Rows, new: _Rows, counts: Counter[str]) -> Iterator[WeightMove]:
    """Each weight that is not as it was, of the rows that both have; all are counted."""
    alike = (old.columns, old.has_gaps) == (new.columns, new.has_gaps)
    for i in range(min(old.size, new.size)):
        ours, theirs = old.entries(i), new.entries(i)
        before = old.named(ours)
        if alike and ours == theirs:
            counts["same"] += len(before)
            continue
        after = new.named(theirs)
        for source in dict.fromkeys((*before, *after)):
            was, now = before.get(source), after.get(source)
            kind = _kind(was, now)
            counts[kind] += 1
            if kind != "same":
                yield WeightMove(f"{layer}.{i}", source, plain(was), plain(now))


def _kind(old: float | None, new: float | None) -> str:
    """Which of the counts of :class:`WeightMoves` a weight belongs to."""
    if old is None or new is None:
        return "added" if old is None else "removed"
    if old == new:
        return "same"
    return "flipped" if old * new < 0 else "re_weighted"


def _place(value: object) -> str:
    if not isinstance(value, FileWeights):
        return "in the spec"
    return value.file if value.tensor is None else f"{value.file}, tensor {value.tensor}"
