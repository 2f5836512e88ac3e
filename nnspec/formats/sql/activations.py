"""How each activation is said in SQL, of a column z."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeAlias

from nnspec.formats.sql.dialects import LARGEST
from nnspec.formats.sql.functions import Functions
from nnspec.formats.sql.terms import (
    DOUBLE,
    Term,
    absolute,
    add,
    call,
    case,
    cast,
    compare,
    divide,
    multiply,
    negative,
    number,
    subtract,
)
from nnspec.functions.activations.exponential import SELU_ALPHA, SELU_SCALE

SQRT_8_OVER_PI = math.sqrt(8 / math.pi)

Writer: TypeAlias = Callable[..., Term]


def _step(_f: Functions, z: Term) -> Term:
    return cast(case([(compare(z, ">=", 0.0), number(1.0))], number(0.0)), DOUBLE)


def _sign(_f: Functions, z: Term) -> Term:
    signs = [(compare(z, ">", 0.0), number(1.0)), (compare(z, "<", 0.0), number(-1.0))]
    return cast(case(signs, number(0.0)), DOUBLE)


def _wave(name: str) -> Writer:
    # Some engines raise an error for the sine of an infinity.
    return lambda _f, z: case([(compare(absolute(z), "<=", LARGEST), call(name, z))])


def _softplus(f: Functions, z: Term) -> Term:
    decay = f.exp_below(negative(absolute(z)))
    return add(f.greatest([z, number(0.0)]), f.log1p_of_share(decay))


def _from_zero(z: Term, below: Term) -> Term:
    """Z itself from 0 on, something else below."""
    return case([(compare(z, ">=", 0.0), z)], below)


def _elu(f: Functions, z: Term, alpha: float) -> Term:
    return _from_zero(z, multiply(number(alpha), f.expm1_below(z)))


def _celu(f: Functions, z: Term, alpha: float) -> Term:
    return _from_zero(z, multiply(number(alpha), f.expm1_below(divide(z, number(alpha)))))


def _gelu_tanh(f: Functions, z: Term) -> Term:
    cube = multiply(multiply(z, z), z)
    if f.dialect.raises:  # the gate is shut, or wide open, long before the cube overflows
        cube = case([(compare(absolute(z), "<", 1e-90), number(0.0))], cube)
    gate = f.sigmoid(
        multiply(number(SQRT_8_OVER_PI), add(z, multiply(number(0.044715), cube)))
    )  # fmt: skip
    gated = multiply(z, gate)
    if not f.dialect.raises:
        return gated
    ends = [(compare(z, ">", 100.0), z), (compare(z, "<", -100.0), number(0.0))]
    return case(ends, gated)


def _mish(f: Functions, z: Term) -> Term:
    decay, growth = f.exp_below(negative(z)), f.exp_below(z)
    squared = multiply(number(2.0), f.exp_below(multiply(number(-2.0), z)))
    above = add(number(1.0), multiply(number(2.0), decay))
    below = multiply(growth, add(growth, number(2.0)))
    gate = case(
        [(compare(z, ">=", 0.0), divide(above, add(above, squared)))],
        divide(below, add(below, number(2.0))),
    )
    return multiply(z, gate)


def _piecewise(_f: Functions, z: Term, knots: Sequence[tuple[float, float]]) -> Term:
    (first, low), (last, high) = knots[0], knots[-1]
    branches = [(compare(z, "<=", first), number(low))]
    for (x0, y0), (x1, y1) in pairwise(knots):
        share = divide(subtract(z, number(x0)), number(x1 - x0))
        height = add(number(y0), multiply(share, number(y1 - y0)))
        branches.append((compare(z, "<", x1), height if y1 != y0 else number(y0)))
    branches.append((compare(z, ">=", last), number(high)))
    return cast(case(branches), DOUBLE)


def _power(f: Functions, z: Term, exponent: float) -> Term:
    return f.power(z, exponent)


WRITERS: dict[str, Writer | None] = {
    "identity": lambda _f, z: z,
    "relu": lambda f, z: f.greatest([z, number(0.0)]),
    "step": _step,
    "sign": _sign,
    "sigmoid": lambda f, z: f.sigmoid(z),
    "tanh": lambda _f, z: call("TANH", z),
    "square": lambda _f, z: multiply(z, z),
    "cube": lambda _f, z: multiply(multiply(z, z), z),
    "abs": lambda _f, z: absolute(z),
    "sqrt": lambda _f, z: case([(compare(z, ">=", 0.0), call("SQRT", z))]),
    "exp": lambda f, z: f.exp(z),
    "log": lambda _f, z: case([(compare(z, ">", 0.0), call("LN", z))]),
    "reciprocal": lambda _f, z: case([(compare(z, "<>", 0.0), divide(number(1.0), z))]),
    "sin": _wave("SIN"),
    "cos": _wave("COS"),
    "gaussian": lambda f, z: f.exp_below(negative(f.square(z))),
    "softplus": _softplus,
    "softsign": lambda _f, z: divide(z, add(number(1.0), absolute(z))),
    "hard-sigmoid": lambda f, z: f.clip(add(divide(z, number(6.0)), number(0.5)), 0.0, 1.0),
    "hard-tanh": lambda f, z: f.clip(z, -1.0, 1.0),
    "relu6": lambda f, z: f.clip(z, 0.0, 6.0),
    "leaky-relu": lambda _f, z, slope: _from_zero(z, multiply(number(slope), z)),
    "elu": _elu,
    "selu": lambda f, z: multiply(number(SELU_SCALE), _elu(f, z, SELU_ALPHA)),
    "celu": _celu,
    "gelu": None,  # no dialect has erf, but for PostgreSQL from version 16 on
    "gelu-tanh": _gelu_tanh,
    "silu": lambda f, z: multiply(z, f.sigmoid(z)),
    "mish": _mish,
    "clip": lambda f, z, low, high: f.clip(z, low, high),
    "power": _power,
    "piecewise": _piecewise,
}
"""Every activation by name; None where SQL has no words for it."""

INSTEAD = {"gelu": "gelu-tanh nears it within 0.0005, and can be said"}
"""What to do about an activation that cannot be said."""

REACH: dict[str, tuple[float, float]] = {
    "square": (1e-145, 1e75),
    "cube": (1e-96, 1e50),
    "gaussian": (1e-145, 1e150),
    "reciprocal": (1e-150, 1e150),
    "exp": (1e-290, math.inf),
    "power": (1e-290, 1e290),
}
"""Where arithmetic raises errors: the magnitudes of z that an activation can take.

Below, z counts as 0; above, the row is bad. Others take from 1e-290 to 1e150.
"""
