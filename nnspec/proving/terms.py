"""Sums of units, with exact factors: what is linear in them is worked out before any box is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import DEFAULT_AGGREGATION
from nnspec.functions.groups import GROUPS
from nnspec.program.program import Program, Tier

MOST_JUMPS = 64
"""Of more neurons that jump, the first are told apart."""


def as_fraction(number: float) -> Fraction:
    """The decimal that was written for a number."""
    return Fraction(repr(float(number)))


def fraction_ends(number: Fraction) -> tuple[float, float]:
    """The nearest doubles at both sides of a number, or the one that it is.

    Examples
    --------
    >>> fraction_ends(Fraction(1, 2)), fraction_ends(Fraction(1, 3))
    ((0.5, 0.5), (0.3333333333333333, 0.33333333333333337))
    """
    near = float(number)
    exact = Fraction(near)
    low = near if exact <= number else math.nextafter(near, -math.inf)
    high = near if exact >= number else math.nextafter(near, math.inf)
    return low, high


@dataclass(frozen=True)
class Form:
    """A sum of units, exactly: by unit its factor, and a constant."""

    terms: Mapping[int, Fraction]
    constant: Fraction


def pulled_back(program: Program, form: Form) -> Form:
    """The same sum with its linear neurons written out by what they read, down to what is not.

    So the terms that cancel are gone: of classes that are differences of one another, say. Where a
    group's results sum to 1, what all of them have in common is that much of the constant.
    """
    found = {unit: factor for unit, factor in form.terms.items() if factor}
    constant = form.constant
    for tier in reversed(program.tiers):
        if tier.layer.group is not None:
            constant += _shared(tier, found)
            continue
        for row in np.flatnonzero(tier.linear).tolist():
            own = _read_by(tier, row) if tier.first + row in found else None
            if own is not None:
                factor = found.pop(tier.first + row)
                constant += factor * own.constant
                for unit, weight in own.terms.items():
                    found[unit] = found.get(unit, Fraction(0)) + factor * weight
        found = {unit: factor for unit, factor in found.items() if factor}
    return Form(found, constant)


def _read_by(tier: Tier, row: int) -> Form | None:
    """A neuron's pre-activation as a sum of what it reads; None of another aggregation."""
    if not any(
        segment.name == DEFAULT_AGGREGATION and row in segment.rows
        for segment in tier.layer.aggregations
    ):
        return None
    columns = tier.weights[row].nonzero()[0]
    terms: dict[int, Fraction] = {}
    for unit, weight in zip(
        tier.layer.sources[columns].tolist(), tier.weights[row][columns].tolist(), strict=True
    ):
        terms[unit] = terms.get(unit, Fraction(0)) + as_fraction(weight)
    return Form(terms, as_fraction(float(tier.layer.bias[row])))


def _shared(tier: Tier, terms: dict[int, Fraction]) -> Fraction:
    """Take from each result of a group what most have in common; what that comes to."""
    if not GROUPS[str(tier.layer.group)].sums_to_one:
        return Fraction(0)
    units = range(tier.own.start, tier.own.stop)
    counted = Counter(terms.get(unit, Fraction(0)) for unit in units)
    common = counted.most_common(1)[0][0]
    for unit in units:
        terms[unit] = terms.get(unit, Fraction(0)) - common
        if not terms[unit]:
            del terms[unit]
    return common


@dataclass(frozen=True)
class Jump:
    """A neuron that is one of two values: which unit it is, and the values.

    ``z`` is its pre-activation less the hinge, as far as it is a sum of units: at least 0 where the
    neuron has the higher value, and at most 0 where it has the lower.
    """

    unit: int
    low: float
    high: float
    z: Form | None


def jumps(program: Program, terms: Iterable[int]) -> list[Jump]:
    """The neurons of two values on which some units depend, from the inputs on; not too many."""
    leading = np.zeros(program.n_units, dtype=np.bool_)
    for unit in terms:
        if unit >= program.network.n_input_units:
            leading |= program.leading_to(unit)
    found = []
    for tier in program.tiers:
        for segment in tier.layer.activations if tier.layer.group is None else ():
            record = ACTIVATIONS[segment.name]
            hinges = record.hinges(**segment.parameters)
            low, high = record.range(**segment.parameters)
            two = record.jumps(**segment.parameters) and len(hinges) == 1
            if two and record.scalar(hinges[0], **segment.parameters) in (low, high):
                found += [
                    Jump(tier.first + row, low, high, _z(program, tier, row, hinges[0]))
                    for row in segment.rows.tolist()
                    if leading[tier.first + row]
                ]
    return sorted(found, key=lambda jump: jump.unit)[:MOST_JUMPS]


def _z(program: Program, tier: Tier, row: int, hinge: float) -> Form | None:
    own = _read_by(tier, row)
    if own is None:
        return None
    return pulled_back(program, Form(own.terms, own.constant - as_fraction(hinge)))


def narrowed(jump: Jump, form: Form, *, high: bool) -> Form:
    """A sum in one case of a neuron that jumps, less as much of its z as leaves fewest terms.

    In that case z has a sign, so that the sum is never below this one.
    """
    own = dict(form.terms)
    value = as_fraction(jump.high if high else jump.low)
    best = Form(own, form.constant + own.pop(jump.unit) * value)
    if jump.z is None:
        return best
    constant = best.constant
    for unit, factor in jump.z.terms.items():
        share = own.get(unit, Fraction(0)) / factor
        if share > 0 if high else share < 0:
            left = {u: own.get(u, Fraction(0)) - share * f for u, f in jump.z.terms.items()}
            tried = {u: f for u, f in {**own, **left}.items() if f}
            if len(tried) < len(best.terms):
                best = Form(tried, constant - share * jump.z.constant)
    return best
