"""Strategies for uses of activation functions."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from hypothesis import strategies as st

from nnspec.functions.activations import ACTIVATIONS, ALIASES, find, with_defaults
from nnspec.spec.model import Activation
from nnspec.testing.strategies.scalars import numbers

EVERY_ACTIVATION = (*ACTIVATIONS, *ALIASES)
"""Every name that a spec may call an activation function by."""


def wants_positive_z(activation: Activation) -> bool:
    """Whether a z of 0 or below has no value: such neurons are mostly given a bias above that."""
    function = find(activation.name)
    if function is None:
        return False
    given = with_defaults(function, activation.parameters)
    return not all(math.isfinite(function.scalar(z, **given)) for z in (0.0, -0.5, -1.5))


@cache
def activations(*, names: tuple[str, ...] = EVERY_ACTIVATION) -> st.SearchStrategy[Activation]:
    """Uses of activation functions, with their parameters, given or left to their defaults."""
    return st.sampled_from(list(names)).flatmap(_parametrised)


@cache
def _parametrised(name: str) -> st.SearchStrategy[Activation]:
    given: st.SearchStrategy[dict[str, Any]]
    match ALIASES.get(name, name):
        case "leaky-relu":
            given = st.fixed_dictionaries({}, optional={"slope": numbers(least=-1, most=1)})
        case "elu":
            given = st.fixed_dictionaries({}, optional={"alpha": numbers(least=-1, most=1)})
        case "celu":
            given = st.fixed_dictionaries({}, optional={"alpha": numbers(least=0.25, most=2)})
        case "clip":
            given = st.tuples(numbers(least=-4, most=1), numbers(least=1, most=4)).map(
                lambda ends: {"low": ends[0], "high": ends[1]}
            )
        case "power":
            exponents = st.sampled_from([1, 2, 3, 0.5, -1, 0, 2.5, -2, 1 / 3])
            given = st.fixed_dictionaries({"exponent": exponents})
        case "piecewise":
            places = st.lists(st.integers(-8, 8), unique=True, min_size=2, max_size=4).map(sorted)
            given = places.flatmap(
                lambda xs: st.tuples(*[numbers() for _ in xs]).map(
                    lambda ys: {"knots": tuple((x / 2, y) for x, y in zip(xs, ys, strict=True))}
                )
            )
        case _:
            return st.just(Activation(name))
    return given.map(lambda parameters: Activation(name, parameters))
