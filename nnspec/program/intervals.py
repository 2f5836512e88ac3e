"""Forward through a program over boxes: where every unit can lie, for certain.

Arrays hold units in rows and boxes in columns; an interval is a pair of such arrays, its ends
inside. An open side says that nothing is known. Every operation is rounded outward, so that an
interval holds both what exact arithmetic would give and what any evaluator computes in doubles:

* sums, products and quotients of two numbers are rounded correctly (IEEE 754), so that the next
  double beyond an end is beyond the exact value too, and rounding keeps order; where nothing is
  rounded, as with whole numbers, nothing is widened;
* the numbers of a spec are taken as the decimals that were written, which lie within the
  neighbours of their doubles (and within u of them, relatively, which a sum's room includes);
* a sum of n products, in whatever order and fused or not, misses its value by at most
  g/(1 - g) times the sum of the products' sizes, g = n u, u = 2^-53 (Higham (2002), Accuracy and
  stability of numerical algorithms, section 3.1, doi:10.1137/1.9780898718027). It is taken twice:
  for the end that is computed here, and for the evaluator;
* activations and exponentials are within ``SLACK`` of their real values, relatively, which the
  laws of the functions' records hold them to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any, TypeAlias

import numpy as np

from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.activations.intervals import LARGEST
from nnspec.functions.aggregations import Aggregation
from nnspec.functions.groups import GROUPS, Group
from nnspec.functions.transforms import TRANSFORMS
from nnspec.program.program import Bools, Floats, Ints, Program, Tier, is_as_written
from nnspec.spec.model import Input

Interval: TypeAlias = tuple[Floats, Floats]

UNIT = 2.0**-53
"""The unit roundoff u of doubles."""

SLACK = 2e-13
"""How far, relatively, a function's value may be from the real one."""

TINY = 2.0**-1060
"""The same where digits are lost below the least normal number."""

SMALLEST = 1e-290
"""Products of factors beyond this do not underflow."""

WHOLE = 2.0**53
"""Sums and products of whole numbers below this are exact."""


@dataclass(frozen=True, eq=False)
class Boxes:
    """Every unit over some boxes, and by tier each neuron's z."""

    units: Interval
    z: dict[int, Interval]
    held: Mapping[int, Interval]


def forward_boxes(
    program: Program,
    units: Interval,
    last: int | None = None,
    held: Mapping[int, Interval] | None = None,
) -> Boxes:
    """Where every unit can lie, from the intervals of the inputs' units, which are filled up.

    Parameters
    ----------
    program
        The program.
    units
        Shapes (n_units, n_boxes).
    last
        How many tiers are walked; all by default.
    held
        By unit, between what it is known to lie by other means, open sides elsewhere: a case of
        several. Where that leaves nothing, its low end is above its high one.
    """
    z: dict[int, Interval] = {}
    held = held or {}
    with np.errstate(all="ignore"):
        for index, tier in enumerate(program.tiers[:last]):
            z[index] = pre_activation_intervals(tier, units)
            result = _grouped(tier, activation_intervals(tier, z[index]))
            units[0][tier.own], units[1][tier.own] = result
            for unit in range(tier.own.start, tier.own.stop) if held else ():
                if unit in held:
                    units[0][unit] = np.maximum(units[0][unit], held[unit][0])
                    units[1][unit] = np.minimum(units[1][unit], held[unit][1])
    return Boxes(units, z, held)


def seen_interval(item: Input, ends: Floats, unit: int) -> Interval:
    """What synapses see of an input that lies between two ends; one that rises stays sorted."""
    if item.type == "category":
        holds = (ends[0] == unit) & (ends[1] == unit)
        may = (ends[0] <= unit) & (ends[1] >= unit)
        return holds.astype(np.float64), may.astype(np.float64)
    for step in item.transforms:
        # Each step rises or falls with each of its parameters, so that corners are enough.
        corners = product(*(_written(p) for p in step.parameters))
        moved = [_moved(step.kind, corner, ends) for corner in corners]
        ends = np.array([np.min([low for low, _ in moved], 0), np.max([up for _, up in moved], 0)])
    return ends[0], ends[1]


def _moved(kind: str, parameters: Sequence[float | None], ends: Floats) -> Interval:
    """What one step makes of ends."""
    moved = np.array(TRANSFORMS[kind].vector(np, ends, *parameters))
    given = [p for p in parameters if p is not None]
    # A shift may cancel what it is added to, so that the sizes of both count; a bound is exact.
    exact = (moved == ends) | np.isin(moved, given)
    room = np.where(exact, 0.0, 16 * UNIT * (np.abs(moved) + max(map(abs, given), default=0.0)))
    return (moved - room).min(axis=0), (moved + room).max(axis=0)


@cache
def _written(parameter: float | None) -> tuple[float | None, ...]:
    """A parameter, or the doubles between which the decimal lies that was written for it."""
    if parameter is None or is_as_written(float(parameter)):
        return (parameter,)
    return math.nextafter(parameter, -math.inf), math.nextafter(parameter, math.inf)


# -- arithmetic -----------------------------------------------------------------------------------


def below(x: Floats) -> Floats:
    """The next doubles down."""
    return np.asarray(np.nextafter(x, -np.inf))


def above(x: Floats) -> Floats:
    """The next doubles up."""
    return np.asarray(np.nextafter(x, np.inf))


def plus(a: Interval, b: Interval | tuple[float, float]) -> Interval:
    """The sum of two intervals; where nothing is rounded, nothing is widened."""
    low, high = a[0] + b[0], a[1] + b[1]
    exact = _is_exact_sum(a[0], b[0], low), _is_exact_sum(a[1], b[1], high)
    return np.where(exact[0], low, below(low)), np.where(exact[1], high, above(high))


def _is_exact_sum(x: Floats, y: Floats | float, total: Floats) -> Bools:
    """Whether rounding took nothing from a sum (Knuth, Seminumerical algorithms, 4.2.2)."""
    other = total - x
    return np.asarray((x - (total - other)) + (y - other) == 0)


def times(a: Interval, b: Interval) -> Interval:
    """The product of two intervals; 0 times an open side is 0, and exact."""
    downs, ups = zip(*(_product(x, y) for x in a for y in b), strict=True)
    return np.minimum.reduce(downs), np.maximum.reduce(ups)


def _product(x: Floats, y: Floats) -> Interval:
    zero = (x == 0) | (y == 0)
    value = np.where(zero, 0.0, x * y)
    zero |= (np.abs(value) < WHOLE) & (x == np.rint(x)) & (y == np.rint(y))
    # A product that underflows to 0 has a sign, and its value lies on that side.
    kept = zero | ((value == 0) & (np.signbit(x) == np.signbit(y)))
    down = np.where(kept, value, below(value))
    kept = zero | ((value == 0) & (np.signbit(x) != np.signbit(y)))
    return down, np.where(kept, value, above(value))


def sums(weights: Floats, x: Interval, whole: Bools | None = None) -> Interval:
    """``weights @ x``, for weights that are numbers: (n_rows, n_boxes).

    ``whole`` are the rows whose weights are known to be whole numbers: their sums of whole numbers
    are exact.
    """
    up, down = np.maximum(weights, 0.0), np.minimum(weights, 0.0)
    low, high = (np.where(np.isinf(side), 0.0, side) for side in x)
    share = (weights.shape[1] + 4) * UNIT
    reach = 2 * share / (1 - share)
    sizes = (up @ np.abs(low) - down @ np.abs(high)), (up @ np.abs(high) - down @ np.abs(low))
    room = [size * reach * (1 + reach) + _lost(weights, x, size) for size in sizes]
    if whole is not None and whole.any():
        broken = (weights != 0) @ ((low != np.rint(low)) | (high != np.rint(high)))
        exact = whole[:, None] & ~broken
        room = [np.where(exact & (s < WHOLE), 0.0, r) for s, r in zip(sizes, room, strict=True)]
    ends = _known(up @ low + down @ high - room[0], up @ high + down @ low + room[1])
    if np.isinf(x).any():
        return (
            np.where(_open(up, x[0], down, x[1]), -np.inf, ends[0]),
            np.where(_open(up, x[1], down, x[0]), np.inf, ends[1]),
        )
    return ends


def _open(up: Floats, x: Floats, down: Floats, y: Floats) -> Bools:
    """Where a weight that is not 0 meets an open side."""
    return np.asarray((up != 0) @ np.isinf(x) | (down != 0) @ np.isinf(y))


def _lost(weights: Floats, x: Interval, size: Floats) -> Floats | float:
    """What products may lose by underflow: half the least subnormal each, and as much again."""
    least = min((np.abs(a[a != 0]).min(initial=np.inf) for a in (*x, weights)), default=np.inf)
    smallest = np.abs(weights[weights != 0]).min(initial=np.inf) * least
    if smallest > SMALLEST:
        return 0.0
    touched = (weights != 0) @ ((x[0] != 0) | (x[1] != 0))
    return np.where(touched & (size < SMALLEST), weights.shape[1] * TINY, 0.0)


def _known(low: Floats, high: Floats) -> Interval:
    """Ends, with what is unknown left open."""
    return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)


def widened(ends: Interval, slack: float | Floats = SLACK, room: float | Floats = TINY) -> Interval:
    """Ends moved outward by a relative slack and a little more."""
    # What overflows on the far side of an interval lies beyond every double, and not at infinity.
    low, high = np.minimum(ends[0], LARGEST), np.maximum(ends[1], -LARGEST)
    return low - (np.abs(low) * slack + room), high + (np.abs(high) * slack + room)


# -- neurons --------------------------------------------------------------------------------------


def pre_activation_intervals(tier: Tier, units: Interval) -> Interval:
    """Where each neuron's z can lie."""
    x = units[0][tier.layer.sources], units[1][tier.layer.sources]
    low, high = sums(tier.weights, x, tier.whole_rows)
    for one in tier.gathered:
        own = x[0][one.columns], x[1][one.columns]
        low[one.row], high[one.row] = aggregated_interval(one.aggregation, one.weight_ends, own)
    return plus((low, high), tier.bias_ends)


def aggregated_interval(aggregation: Aggregation, weights: Interval, x: Interval) -> Interval:
    """Where an aggregation can lie: of its terms, brought together, and finished.

    Weights are intervals too, of shape (n, 1): the decimals that were written lie in them.
    """
    terms = term_interval(aggregation, weights, x)
    n = len(weights[0])
    if aggregation.extreme:
        reduce = getattr(np, aggregation.reducer).reduce
        total: Interval = reduce(terms[0]), reduce(terms[1])
    elif aggregation.reducer == "multiply":
        total = np.ones(x[0].shape[1]), np.ones(x[0].shape[1])
        for i in range(n):
            total = times(total, (terms[0][i], terms[1][i]))
    else:
        total = sums(np.ones((1, n)), terms)
        total = total[0][0], total[1][0]
    if aggregation.finish == "divide":
        return _quotient(total, float(n))
    if aggregation.finish == "root":
        low, high = (np.sqrt(np.maximum(side, 0.0)) for side in total)
        return np.maximum(below(low), 0.0), above(high)
    return total


def _quotient(a: Interval, n: float) -> Interval:
    return below(a[0] / n), above(a[1] / n)


def term_interval(aggregation: Aggregation, weights: Interval, x: Interval) -> Interval:
    """Where each term can lie."""
    term = aggregation.term
    if term.linear:
        return times(weights, x)
    if term.hinged or term.squared:
        return _distances(term.hinged, plus(x, (-weights[1], -weights[0])))
    # Powers rise or fall with their exponent, and so do the terms that records add.
    each = [_terms(aggregation, w, x) for w in weights]
    return (
        np.minimum(each[0][0], each[1][0]),
        np.maximum(each[0][1], each[1][1]),
    )


def _terms(aggregation: Aggregation, w: Floats, x: Interval) -> Interval:
    term = aggregation.term
    if term.raises:
        rows = [powers(x[0][i], x[1][i], e) for i, e in enumerate(w[:, 0].tolist())]
        return np.array([low for low, _ in rows]), np.array([high for _, high in rows])
    return widened(hull(lambda at: term.vector(np, w, at), term.turns(w), x))


def _distances(hinged: bool, ends: Interval) -> Interval:
    """Sizes, or squares, of differences."""
    low, high = ends
    near = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(np.abs(low), np.abs(high)))
    far = np.maximum(np.abs(low), np.abs(high))
    if hinged:
        return near, far
    return np.maximum(below(near * near), 0.0), above(far * far)


def hull(function: Callable[[Floats], Floats], turns: Sequence[Floats], x: Interval) -> Interval:
    """The values of a function that is monotone between its turns; 0 times an open side is 0."""
    ends = [np.where(np.isnan(end), 0.0, end) for end in map(function, x)]
    low, high = np.minimum(*ends), np.maximum(*ends)
    for turn in turns:
        inside = (x[0] < turn) & (x[1] > turn)
        own = function(np.broadcast_to(turn, x[0].shape))
        low = np.where(inside, np.minimum(low, own), low)
        high = np.where(inside, np.maximum(high, own), high)
    return low, high


def powers(low: Floats, high: Floats, exponent: float) -> Interval:
    """Where ``x ** exponent`` can lie."""
    if exponent == 0:
        return np.ones_like(low), np.ones_like(low)
    if (low > 0).all():
        ends = low**exponent, high**exponent
        lower, upper = widened((np.minimum(*ends), np.maximum(*ends)))
        return np.maximum(lower, 0.0), upper
    return _images("power", {"exponent": exponent}, (low, high))


def activation_intervals(tier: Tier, z: Interval) -> Interval:
    """Where each neuron's activation can lie."""
    low, high = np.empty_like(z[0]), np.empty_like(z[1])
    for segment in tier.layer.activations:
        rows = segment.rows
        image = activation_interval(segment.name, segment.parameters, (z[0][rows], z[1][rows]))
        low[rows], high[rows] = image
    return low, high


def activation_interval(name: str, parameters: Mapping[str, Any], z: Interval) -> Interval:
    """Where an activation can lie: its values at the ends of z and at the turns between them."""
    record = ACTIVATIONS[name]
    traits = record.known(**parameters)
    if traits.holds or (record.jumps(**parameters) and traits.monotonicity == "increasing"):
        # Comparisons and constants: nothing is rounded but what was written for the constants.
        image = record.vector(np, z[0], **parameters), record.vector(np, z[1], **parameters)
        exact = all(is_as_written(x) for x in parameters.values() if isinstance(x, float))
        return image if exact else widened(image, UNIT, 0.0)
    if traits.monotonicity is None or traits.domain != (-np.inf, np.inf):
        return _images(name, parameters, z)
    ends = [np.asarray(record.vector(np, side, **parameters)) for side in z]
    known = _known(np.minimum(*ends), np.maximum(*ends))
    return _within(traits.range, widened(known, room=_room(name, parameters)))


def _images(name: str, parameters: Mapping[str, Any], z: Interval) -> Interval:
    """The same one by one, for functions that turn, or that are not defined everywhere."""
    record = ACTIVATIONS[name]
    each = zip(z[0].ravel().tolist(), z[1].ravel().tolist(), strict=True)
    pairs = [record.image(pair, **parameters) for pair in each]
    ends = np.array(pairs).T.reshape(2, *z[0].shape)
    # Where z may leave the domain, the value may be undefined, which no interval holds.
    low, high = widened(_known(ends[0], ends[1]), room=_room(name, parameters))
    return _within(record.range(**parameters), (low, high))


def _room(name: str, parameters: Mapping[str, Any]) -> float:
    """What straight lines between heights may lose where they cancel."""
    record = ACTIVATIONS[name]
    if not record.piecewise_linear:
        return TINY
    hinges = record.hinges(**parameters)
    heights = [abs(record.scalar(z, **parameters)) for z in hinges]
    # A hinge that was written lies within u of its double, and moves a steep piece with it.
    moved = [abs(z) * record.lipschitz(**parameters) for z in hinges if z]
    return TINY + 16 * UNIT * max([*heights, *filter(math.isfinite, moved)], default=0.0)


def _within(range_: tuple[float, float], ends: Interval) -> Interval:
    return np.maximum(ends[0], range_[0]), np.minimum(ends[1], range_[1])


# -- groups ---------------------------------------------------------------------------------------


def _grouped(tier: Tier, a: Interval) -> Interval:
    """Where each result of the tier's group can lie."""
    if tier.layer.group is None:
        return a
    low, high = a
    if tier.group_jumps:
        return _winning(tier.layer.group_order.tolist(), a)
    group = GROUPS[tier.layer.group]
    if not (group.exponential or group.shares):
        return _at_corners(group, tier.layer.group_order, a)
    if group.exponential:
        shift = high.max(axis=0)
        # An exponent misses by its own size times u, which exp makes a relative error.
        low, high = np.exp(low - shift), np.exp(high - shift)
    elif not (low >= 0).all():
        return np.full_like(low, -np.inf), np.full_like(high, np.inf)
    # Summed anew for each: a difference of sums would lose the small ones.
    others = _others(np.add, high, 0.0)
    least = low / (low + others)
    most = high / (high + _others(np.add, low, 0.0))
    known = np.where(np.isnan(least), 0.0, least), np.where(np.isnan(most), 1.0, most)
    ends = widened(known, SLACK + 4 * (len(low) + 1000) * UNIT)
    # What is divided by itself is 1, and 0 by anything is 0: nothing is rounded.
    least = np.where(group.shares & (low > 0) & (others == 0), 1.0, ends[0])
    most = np.where(group.shares & (high == 0) & (low + others > 0), 0.0, ends[1])
    return _within((0.0, 1.0), (least, most))


def _winning(order: Sequence[int], a: Interval) -> Interval:
    """Whether each wins for certain, or may: of equals, the one that is listed first."""
    low, high = np.zeros_like(a[0]), np.zeros_like(a[1])
    for place, row in enumerate(order):
        for found, own, others in ((low, a[0], a[1]), (high, a[1], a[0])):
            before = others[order[:place]].max(axis=0, initial=-np.inf)
            after = others[order[place + 1 :]].max(axis=0, initial=-np.inf)
            found[row] = (own[row] > before) & (own[row] >= after)
    return low, high


def _at_corners(group: Group, order: Ints, a: Interval) -> Interval:
    """Of results that rise with their own activation and fall with every other."""
    low, high = a
    found = np.empty_like(low), np.empty_like(high)
    for row in range(len(low)):
        for result, own, others in ((found[0], low, high), (found[1], high, low)):
            corner = others.copy()
            corner[row] = own[row]
            result[row] = group.vector(np, corner[order])[list(order).index(row)]
    known = (low >= group.rises_from).all(axis=0)
    ends = widened(_known(*found), SLACK + 4 * (len(low) + 1000) * UNIT)
    return np.where(known, ends[0], -np.inf), np.where(known, ends[1], np.inf)


def _others(combine: np.ufunc, values: Floats, initial: float) -> Floats:
    """For each row all others, brought together."""
    rest = [np.delete(values, row, axis=0) for row in range(len(values))]
    return np.array([combine.reduce(rows, axis=0, initial=initial) for rows in rest])
