"""The weights and biases of layers given by matrices: how many moved, and which moved most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Any, TypeAlias

from nnspec.comparing.structure.differences import Difference, WeightMove, WeightMoves, plain
from nnspec.comparing.structure.facets import compare_facts
from nnspec.comparing.structure.facts import layer_functions, value_of, zero_is_absent
from nnspec.comparing.structure.renames import Renames
from nnspec.spec.model import BulkLayer, DenseWeights, FileWeights, NetworkSpec, SparseWeights
from nnspec.spec.topology import Wiring

MOST_LISTED = 5
"""How many of a layer's weights are told one by one."""

Raw: TypeAlias = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Side:
    """A bulk layer in its spec, and the names by which it is compared."""

    spec: NetworkSpec
    layer: BulkLayer
    to: Renames


@dataclass(frozen=True, slots=True)
class _Matrix:
    """Rows as they are kept, and how to read one; a million weights are not copied.

    Parameters
    ----------
    raw
        ``raw(i)`` is row i, of numbers or of pairs of a column and its number.
    columns
        What each column is called.
    has_gaps
        Whether a weight of 0 is no synapse.
    """

    n_rows: int
    raw: Callable[[int], Raw]
    columns: tuple[str, ...]
    is_full: bool
    has_gaps: bool

    def row(self, index: int) -> dict[str, float]:
        """The synapses of one row by their source."""
        raw = self.raw(index)
        if self.is_full:
            found = dict(zip(self.columns, raw, strict=True))
        else:
            found = {self.columns[column]: value for column, value in raw}
        return {s: w for s, w in found.items() if w != 0} if self.has_gaps else found

    def has_form_of(self, other: _Matrix) -> bool:
        """Whether equal raw rows are equal rows."""
        mine = self.columns, self.is_full, self.has_gaps
        return mine == (other.columns, other.is_full, other.has_gaps)


def compare_matrices(old: Side, new: Side) -> Iterator[Difference]:
    """What became of a layer's weights and biases."""
    name = new.layer.name
    before, after = _weights(old), _weights(new)
    if before is None or after is None:
        yield from compare_facts("layer", name, _reference(old), _reference(new))
    else:
        yield from _told(name, "weights", before, after)
    was, now = old.to.weight(_name(old.layer.bias)), _name(new.layer.bias)
    if was is not None and was == now:
        return  # the parameter is told, with its uses
    before, after = _biases(old), _biases(new)
    if before is None or after is None:
        places = [{"biases": _place(side.layer.bias)} for side in (old, new)]
        yield from compare_facts("layer", name, *places)
    else:
        yield from _told(name, "biases", before, after)


def _told(layer: str, aspect: str, old: _Matrix, new: _Matrix) -> Iterator[Difference]:
    counts: Counter[str] = Counter()
    largest = nlargest(MOST_LISTED, _moves(layer, old, new, counts), key=_size)
    if counts.keys() - {"same"}:
        kinds = {kind.replace("-", "_"): count for kind, count in counts.items()}
        moves = WeightMoves(**kinds, largest=tuple(largest))
        yield Difference("layer", layer, "changed", aspect, moves=moves)


def _size(move: WeightMove) -> float:
    return move.size


def _moves(layer: str, old: _Matrix, new: _Matrix, counts: Counter[str]) -> Iterator[WeightMove]:
    """Each weight that is not as it was, of the rows that both have; all are counted."""
    alike = old.has_form_of(new)
    for i in range(min(old.n_rows, new.n_rows)):
        raw = old.raw(i)
        if alike and raw == new.raw(i):
            counts["same"] += len(raw) - (raw.count(0) if new.is_full and new.has_gaps else 0)
            continue
        before, after = old.row(i), new.row(i)
        for source in dict.fromkeys((*before, *after)):
            was, now = before.get(source), after.get(source)
            kind = _kind(was, now)
            counts[kind] += 1
            if kind != "same":
                yield WeightMove(f"{layer}.{i}", source, plain(was), plain(now))


def _kind(old: float | None, new: float | None) -> str:
    if old is None or new is None:
        return "added" if old is None else "removed"
    if old == new:
        return "same"
    return "flipped" if old * new < 0 else "re-weighted"


# -- where the numbers are ------------------------------------------------------------------------


def _columns(side: Side) -> tuple[str, ...]:
    return tuple(map(side.to.unit, Wiring(side.spec).columns(side.layer.sources)))


def _weights(side: Side) -> _Matrix | None:
    """A layer's weights; None where they stand in a file that was not opened."""
    weights, size = side.layer.weights, side.layer.size
    gaps = zero_is_absent(layer_functions(side.layer).aggregation)
    columns = _columns(side)
    if isinstance(weights, DenseWeights):
        return _Matrix(size, weights.rows.__getitem__, columns, is_full=True, has_gaps=gaps)
    if isinstance(weights, SparseWeights):
        rows = _grouped(weights, size)
        return _Matrix(size, rows.__getitem__, columns, is_full=False, has_gaps=gaps)
    if weights.values is None:
        return None
    return _Matrix(size, weights.values.row, columns, is_full=False, has_gaps=gaps)


def _grouped(weights: SparseWeights, size: int) -> list[list[tuple[int, float]]]:
    rows: list[list[tuple[int, float]]] = [[] for _ in range(size)]
    for row, column, value in sorted(weights.entries):
        rows[row].append((column, value))
    return rows


def _biases(side: Side) -> _Matrix | None:
    """A layer's biases as a matrix of one column without a name."""
    bias, size = side.layer.bias, side.layer.size
    if isinstance(bias, FileWeights):
        if bias.values is None:
            return None
        return _Matrix(size, bias.values.row, ("",), is_full=False, has_gaps=False)
    if isinstance(bias, tuple):
        rows: list[Raw] = [[(0, float(value))] for value in bias]
    else:
        rows = [[(0, value_of(bias, side.spec))]] * size
    return _Matrix(size, rows.__getitem__, ("",), is_full=False, has_gaps=False)


def _name(bias: Any) -> str | None:
    return bias if isinstance(bias, str) else None


def _place(value: Any) -> str:
    if not isinstance(value, FileWeights):
        return "in the spec"
    return value.file if value.tensor is None else f"{value.file}, tensor {value.tensor}"


def _reference(side: Side) -> dict[str, Any]:
    """Weights of which only the place is known, and the order of their columns."""
    is_file = isinstance(side.layer.weights, FileWeights)
    columns = list(_columns(side)) if is_file else None
    return {"weights": _place(side.layer.weights), "columns": columns}
