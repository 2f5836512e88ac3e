"""Boxes hold what exact arithmetic gives: laws over generated networks, in 60 decimal digits."""

from __future__ import annotations

import decimal
import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import network_specs, rows

from nnspec.claims.verdicts import precise
from nnspec.evaluators.reference import evaluate_row
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.network import Network
from nnspec.program.intervals import Boxes, Interval, forward_boxes, seen_interval, sums, times
from nnspec.program.program import Program
from nnspec.program.slope_intervals import backward_boxes, transform_slope_interval
from nnspec.spec.inputs import number_of
from nnspec.spec.model import NetworkSpec, Value

NOISE = Decimal(10) ** -45
"""What 60 digits themselves may be off by, relatively: far less than a double's last digit."""


@pytest.fixture(autouse=True, params=["doubles", "decimals"])
def numbers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every number is the double that it is, or the decimal that its author wrote."""
    if request.param == "doubles":
        monkeypatch.setattr(precise, "as_written", lambda number: Decimal(float(number)))


def exact_values(spec: NetworkSpec, row: Mapping[str, Value]) -> dict[str, Decimal]:
    try:
        return precise.precise_values(spec, row)
    except (decimal.DecimalException, OverflowError, ValueError):
        return {}


def ends_of(spec: NetworkSpec, some: list[dict[str, Value]]) -> dict[str, np.ndarray]:
    """By input, the least and the greatest number of some rows."""
    numbers = {i.name: [number_of(i, row[i.name]) for row in some] for i in spec.inputs}
    return {name: np.array([[min(x)], [max(x)]]) for name, x in numbers.items()}


def boxed(spec: NetworkSpec, program: Program, ends: Mapping[str, np.ndarray]) -> Boxes:
    """Where every unit lies over the box of some rows."""
    low, high = np.zeros((program.n_units, 1)), np.zeros((program.n_units, 1))
    at = 0
    for item in spec.inputs:
        for unit in range(len(item.units)):
            low[at], high[at] = seen_interval(item, ends[item.name], unit)
            at += 1
    return forward_boxes(program, (low, high))


def holds(ends: Interval, at: int, value: Decimal) -> bool:
    room = abs(value) * NOISE
    return Decimal(float(ends[0][at, 0])) - room <= value <= Decimal(float(ends[1][at, 0])) + room


def mixed(data: st.DataObject, spec: NetworkSpec, some: list[dict[str, Value]]) -> dict[str, Value]:
    """A row inside the box of some: each input of any of them, or between two."""
    row: dict[str, Value] = {}
    for item in spec.inputs:
        one, other = (data.draw(st.sampled_from(some))[item.name] for _ in range(2))
        between = item.type == "number" and data.draw(st.booleans())
        share = data.draw(st.floats(0, 1)) if between else 0.0
        row[item.name] = one + share * (other - one) if between else one
        if between and not min(one, other) <= row[item.name] <= max(one, other):
            row[item.name] = one
    return row


def draw_box(data: st.DataObject, **parts: Any) -> tuple[NetworkSpec, Program, list[Any]]:
    spec = data.draw(network_specs(**parts))
    some = data.draw(st.lists(rows(spec), min_size=2, max_size=4))
    numbers = {i.name: [number_of(i, row[i.name]) for row in some] for i in spec.inputs}
    assume(all(math.isfinite(max(x) - min(x)) for x in numbers.values()))
    return spec, Program.of(Network(spec).compiled), some


KINDS = [
    {},
    *({"activations": (name,)} for name in sorted(ACTIVATIONS)),
    *({"aggregations": (name,)} for name in sorted(AGGREGATIONS)),
    *({"groups": (name,)} for name in sorted(GROUPS)),
]


@given(data=st.data())
def test_a_box_holds_what_exact_arithmetic_gives(data):
    """Of every row of a box, each unit's value in exact arithmetic, and in doubles, is inside."""
    spec, program, some = draw_box(data, **data.draw(st.sampled_from(KINDS)))
    units = boxed(spec, program, ends_of(spec, some)).units
    for row in [*some, mixed(data, spec, some)]:
        doubles = evaluate_row(spec, row).outputs
        exact = exact_values(spec, row)
        for name, number in program.number.items():
            # Of an input the exact values have the cell, not what its synapses see.
            if name in exact and name not in row and exact[name].is_finite():
                assert holds(units, number, exact[name]), (name, exact[name])
            if math.isfinite(doubles[name]):
                assert units[0][number, 0] <= doubles[name] <= units[1][number, 0], name


@given(data=st.data())
def test_slopes_of_a_box_hold_every_secant(data):
    """Between two rows of a box that differ in one number, the secant is among the slopes."""
    spec, program, some = draw_box(data, **data.draw(st.sampled_from(KINDS)))
    ends = ends_of(spec, some)
    boxes = boxed(spec, program, ends)
    numbers = [item for item in spec.inputs if item.type == "number"]
    assume(numbers)
    item, row = data.draw(st.sampled_from(numbers)), mixed(data, spec, some)
    target = data.draw(st.sampled_from(spec.output_names))
    slope = backward_boxes(program, boxes, {program.number[target]: (1.0, 1.0)})
    unit = program.number[item.units[0]]
    with np.errstate(all="ignore"):
        by_x = transform_slope_interval(item, *ends[item.name])
        found = times((slope[0][unit], slope[1][unit]), by_x)
    one, other = float(ends[item.name][0, 0]), float(ends[item.name][1, 0])
    values = [exact_values(spec, row | {item.name: x}).get(target) for x in (one, other)]
    assume(other > one and None not in values and all(v.is_finite() for v in values))
    secant = (values[1] - values[0]) / (Decimal(other) - Decimal(one))
    low, high = np.nan_to_num(found[0], nan=-np.inf), np.nan_to_num(found[1], nan=np.inf)
    # The difference of two values of 60 digits is good to as many as they do not share.
    room = Decimal(10) ** -40 * max(abs(v) for v in values) / (Decimal(other) - Decimal(one))
    assert Decimal(float(low[0])) - room <= secant <= Decimal(float(high[0])) + room


doubles = st.one_of(
    st.floats(-1e3, 1e3),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1e-200, -1e-200, 1.0, 0.1, -0.1, 1e150]),
)


@given(st.lists(st.tuples(doubles, doubles, doubles, st.floats(0, 1)), min_size=1, max_size=20))
def test_a_sum_of_products_holds_the_exact_one(terms):
    """``sums`` of any weights and intervals holds the sum of any points in them, as a fraction."""
    weights = np.array([[w for w, *_ in terms]])
    low = np.array([[min(a, b)] for _, a, b, _ in terms])
    high = np.array([[max(a, b)] for _, a, b, _ in terms])
    ends = sums(weights, (low, high))
    for points in (low, high, np.clip(low + (high - low) * [[t] for *_, t in terms], low, high)):
        pairs = zip(weights[0].tolist(), points[:, 0].tolist(), strict=True)
        exact = sum((Fraction(w) * Fraction(x) for w, x in pairs), Fraction(0))
        assert exact >= Fraction(float(ends[0][0, 0])) if math.isfinite(ends[0][0, 0]) else True
        assert exact <= Fraction(float(ends[1][0, 0])) if math.isfinite(ends[1][0, 0]) else True


@given(*[doubles] * 4)
def test_a_product_holds_the_exact_one(a, b, c, d):
    """``times`` holds the product of any ends, as a fraction, however small."""
    one = np.array([min(a, b)]), np.array([max(a, b)])
    other = np.array([min(c, d)]), np.array([max(c, d)])
    with np.errstate(all="ignore"):
        low, high = (float(end[0]) for end in times(one, other))
    for x in (a, b):
        for y in (c, d):
            assert Fraction(x) * Fraction(y) >= Fraction(low) if math.isfinite(low) else True
            assert Fraction(x) * Fraction(y) <= Fraction(high) if math.isfinite(high) else True
