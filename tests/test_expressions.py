"""Definitions, read in every way, against functions that are written by hand."""

from __future__ import annotations

import decimal
import math
import struct
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import (
    DECIMAL_ACTIVATIONS,
    DECIMAL_AGGREGATIONS,
    DECIMAL_GROUPS,
    DECIMAL_TRANSFORMS,
    SCALARS,
)

from nnspec.claims.verdicts.decimals import activated, grouped, reduced, transformed
from nnspec.claims.verdicts.precise import CONTEXT, as_written
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS

USES = {
    "clip": {"low": -1.5, "high": 2.0},
    "power": {"exponent": 3.0},
    "piecewise": {"knots": ((-1.0, 0.5), (0.5, -2.0), (2.0, 3.0))},
    "leaky-relu": {"slope": -0.3},
    "elu": {"alpha": 1.3},
    "celu": {"alpha": 0.7},
}

STEPS = {
    "standardize": (2.5, 0.5),
    "rescale": (0.0, 10.0, -1.0, 1.0),
    "clip": (None, 3.0),
}


@given(st.sampled_from(sorted(SCALARS)), st.floats(), st.integers(-3, 3), st.booleans())
def test_a_definition_has_the_bits_of_the_function_written_by_hand(name, z, exponent, halved):
    parameters = USES.get(name, {})
    if name == "power":
        parameters = {"exponent": exponent / (2 if halved else 1)}
    expected = SCALARS[name](z, **parameters)
    found = ACTIVATIONS[name].scalar(z, **parameters)
    if math.isnan(expected):
        assert math.isnan(found)
    else:
        assert struct.pack("d", found) == struct.pack("d", expected)


def close(found: Decimal, expected: Decimal) -> bool:
    return abs(found - expected) <= Decimal(10) ** -50 * max(abs(expected), Decimal(1))


@given(st.sampled_from(sorted(DECIMAL_ACTIVATIONS)), st.floats(-30, 30))
def test_a_definition_has_the_digits_of_the_formula_written_by_hand(name, z):
    parameters = USES.get(name, {})
    written = {
        key: tuple([tuple(map(as_written, knot)) for knot in value])
        if isinstance(value, tuple)
        else as_written(value)
        for key, value in parameters.items()
    }
    with decimal.localcontext(CONTEXT):
        try:
            expected = DECIMAL_ACTIVATIONS[name](as_written(z), **written)
        except decimal.InvalidOperation:
            with pytest.raises(decimal.InvalidOperation):
                activated(ACTIVATIONS[name], as_written(z), parameters)
            return
        found = activated(ACTIVATIONS[name], as_written(z), parameters)
        assert found == expected or close(found, expected)


NUMBERS = st.floats(0.125, 8, width=32)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5))
def test_aggregations_and_groups_too(terms):
    pairs = [(as_written(w), as_written(x)) for w, x in terms]
    with decimal.localcontext(CONTEXT):
        for name, by_hand in DECIMAL_AGGREGATIONS.items():
            assert close(reduced(AGGREGATIONS[name], pairs), by_hand(pairs)), name
        for name, by_hand in DECIMAL_GROUPS.items():
            a = [x for _, x in pairs]
            for found, expected in zip(grouped(GROUPS[name], a), by_hand(a), strict=True):
                assert close(found, expected), name


@given(NUMBERS)
def test_transforms_too(x):
    with decimal.localcontext(CONTEXT):
        for name, by_hand in DECIMAL_TRANSFORMS.items():
            given_ = STEPS.get(name, ())
            written = [None if p is None else as_written(p) for p in given_]
            found = transformed(TRANSFORMS[name], as_written(x), given_)
            assert close(found, by_hand(as_written(x), *written)), name


def test_the_oracle_knows_every_function():
    assert set(SCALARS) == set(DECIMAL_ACTIVATIONS) == set(ACTIVATIONS)
    assert set(DECIMAL_AGGREGATIONS) == set(AGGREGATIONS)
    assert set(DECIMAL_GROUPS) == set(GROUPS)
    assert set(DECIMAL_TRANSFORMS) == set(TRANSFORMS)
