"""Where the units of a diagram stand: columns by layer, rows by few crossings and short synapses.

The order within a column is by the barycentre method (Sugiyama, Tagawa, Toda 1981, Methods for
visual understanding of hierarchical system structures, doi:10.1109/TSMC.1981.4308636); synapses
that skip layers pass through waypoints of their own, so that none runs behind a label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 24
GAP = 14.0
"""Between two units of a column."""

WAYPOINT_HEIGHT = 6.0


@dataclass(frozen=True)
class Item:
    """What takes room in a column: a unit, or a waypoint of the synapses of a source."""

    key: tuple[str, int]
    """The unit's name and column; a waypoint has its source's name and its own column."""
    column: int
    height: float


@dataclass(frozen=True)
class Placed:
    """Vertical centres by key, and how many pairs of synapses cross."""

    y: dict[tuple[str, int], float]
    crossings: int
    height: float


def place(
    columns: Sequence[Sequence[str]],
    links: Sequence[tuple[str, str]],
    heights: Mapping[str, float],
) -> Placed:
    """Order and place units.

    Parameters
    ----------
    columns
        Names by column, in the author's order.
    links
        Pairs of a source and a target in a later column.
    heights
        How tall each unit is.
    """
    at = {name: i for i, column in enumerate(columns) for name in column}
    layers = [[Item((n, i), i, heights[n]) for n in column] for i, column in enumerate(columns)]
    segments = _segments(links, at, layers)
    order, crossings = _ordered(layers, segments)
    y = _aligned(order, segments)
    bottom = max((y[item.key] + item.height / 2 for column in order for item in column), default=0)
    return Placed(y, crossings, bottom)


Key = tuple[str, int]
Segments = list[list[tuple[Key, Key]]]


def _segments(
    links: Sequence[tuple[str, str]], at: Mapping[str, int], layers: list[list[Item]]
) -> Segments:
    """Links cut at every column, with a waypoint in each column that they pass."""
    segments: Segments = [[] for _ in layers]
    seen: set[tuple[Key, Key]] = set()
    for source, target in links:
        for column in range(at[source], at[target]):
            last = column + 1 == at[target]
            pair = ((source, column), (target if last else source, column + 1))
            if pair not in seen:
                seen.add(pair)
                segments[column].append(pair)
                if not last:
                    layers[column + 1].append(Item(pair[1], column + 1, WAYPOINT_HEIGHT))
    return segments


def _ordered(layers: list[list[Item]], segments: Segments) -> tuple[list[list[Item]], int]:
    """The order of fewest crossings that sweeping to and fro reaches."""
    best = [list(layer) for layer in layers]
    fewest = _crossings(best, segments)
    current = [list(layer) for layer in layers]
    for sweep in range(SWEEPS):
        if fewest == 0:
            break
        forward = sweep % 2 == 0
        rest = range(1, len(current)) if forward else range(len(current) - 2, -1, -1)
        for column in rest:
            _by_barycentre(current, segments, column, forward=forward)
        found = _crossings(current, segments)
        if found < fewest:
            best, fewest = [list(layer) for layer in current], found
    return best, fewest


def _by_barycentre(
    current: list[list[Item]], segments: Segments, column: int, *, forward: bool
) -> None:
    other = current[column - 1 if forward else column + 1]
    place_of = {item.key: float(i) for i, item in enumerate(other)}
    neighbours: dict[Key, list[float]] = {}
    for a, b in segments[column - 1 if forward else column]:
        own, far = (b, a) if forward else (a, b)
        neighbours.setdefault(own, []).append(place_of[far])
    own_place = {item.key: float(i) for i, item in enumerate(current[column])}

    def centre(item: Item) -> float:
        found = neighbours.get(item.key)
        return own_place[item.key] if not found else sum(found) / len(found)

    current[column].sort(key=centre)  # stable: equals keep the author's order


def _crossings(layers: list[list[Item]], segments: Segments) -> int:
    """How many pairs of segments cross, by counting inversions."""
    total = 0
    for column, pairs in enumerate(segments[:-1]):
        left = {item.key: i for i, item in enumerate(layers[column])}
        right = {item.key: i for i, item in enumerate(layers[column + 1])}
        ends = [b for _, b in sorted((left[a], right[b]) for a, b in pairs)]
        total += _inversions(ends)
    return total


def _inversions(values: list[int]) -> int:
    """Pairs out of order, by merging halves; equal ends do not cross."""
    if len(values) < 2:
        return 0
    half = len(values) // 2
    left, right = values[:half], values[half:]
    count = _inversions(left) + _inversions(right)
    left.sort()
    right.sort()
    i = 0
    for value in right:
        while i < len(left) and left[i] <= value:
            i += 1
        count += len(left) - i
    return count


def _aligned(order: list[list[Item]], segments: Segments) -> dict[Key, float]:
    """Vertical centres: near the units that each is joined to, never closer than the gap."""
    y: dict[Key, float] = {}
    tallest = max((_height(column) for column in order), default=0.0)
    for column in order:
        top = (tallest - _height(column)) / 2
        for item in column:
            y[item.key] = top + item.height / 2
            top += item.height + GAP
    joined: dict[Key, list[Key]] = {}
    for pairs in segments:
        for a, b in pairs:
            joined.setdefault(a, []).append(b)
            joined.setdefault(b, []).append(a)
    for _ in range(12):
        for column in order:
            wanted = [
                _mean([y[key] for key in joined.get(item.key, [item.key])]) for item in column
            ]
            y.update(zip([item.key for item in column], _spread(column, wanted), strict=True))
    if not y:
        return y
    lowest = min(y[item.key] - item.height / 2 for column in order for item in column)
    return {key: value - lowest for key, value in y.items()}


def _height(column: Sequence[Item]) -> float:
    return sum(item.height for item in column) + GAP * max(0, len(column) - 1)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _spread(column: Sequence[Item], wanted: Sequence[float]) -> list[float]:
    """The places nearest to those wanted, in order and apart: isotonic regression by pooling."""
    offsets = [0.0]
    for above, below in pairwise(column):
        offsets.append(offsets[-1] + above.height / 2 + GAP + below.height / 2)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            other, n = pools.pop()
            mean, count = (other * n + mean * count) / (n + count), n + count
        pools.append((mean, count))
    starts = [mean for mean, count in pools for _ in range(count)]
    return [start + offset for start, offset in zip(starts, offsets, strict=True)]
