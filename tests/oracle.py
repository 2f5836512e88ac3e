"""The functions written by hand: an independent oracle of what their definitions are read as.

Once in floats, operation by operation, whose bits the reference must have, and once in decimals.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from typing import Any

from nnspec.claims.verdicts.series import PI, cosine, error_function, sine

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
SQRT_2, SQRT_8_OVER_PI = math.sqrt(2), math.sqrt(8 / math.pi)


def _exp(z: float) -> float:
    try:
        return math.exp(z)
    except OverflowError:
        return math.inf


def _log(z: float) -> float:
    if z <= 0:
        return -math.inf if z == 0 else math.nan
    return math.log(z)


def _sigmoid(z: float) -> float:
    decay = math.exp(-abs(z))
    return (1.0 if z >= 0 else decay) / (1 + decay)


def _clip(z: float, low: float, high: float) -> float:
    return min(max(z, low), high) + 0.0


def _step(z: float) -> float:
    return math.nan if math.isnan(z) else float(z >= 0)


def _sign(z: float) -> float:
    return math.nan if math.isnan(z) else float((z > 0) - (z < 0))


def _elu(z: float, alpha: float) -> float:
    return z if z >= 0 else alpha * math.expm1(z)


def _celu(z: float, alpha: float) -> float:
    return z if z >= 0 else alpha * math.expm1(z / alpha)


def _mish_gate(z: float) -> float:
    decay = math.exp(-abs(z))
    above = 1 + 2 * decay if z >= 0 else decay * (decay + 2)
    return above / (above + (2 * decay * decay if z >= 0 else 2.0))


def _reciprocal(z: float) -> float:
    return math.copysign(math.inf, z) if z == 0 else 1 / z


def _power(z: float, exponent: float) -> float:
    if z < 0 and not exponent.is_integer():
        return math.nan
    try:
        return math.pow(z, exponent)
    except OverflowError:
        return -math.inf if z < 0 and exponent % 2 == 1 else math.inf
    except ValueError:  # 0 to a negative power
        return math.copysign(math.inf, z) if exponent % 2 == 1 else math.inf


def _piecewise(z: float, knots: Sequence[tuple[float, float]]) -> float:
    if math.isnan(z):
        return z
    held = _clip(z, knots[0][0], knots[-1][0])
    i = bisect_right(knots, held, key=lambda knot: knot[0]) - 1
    x0, y0 = knots[i]
    if i == len(knots) - 1:
        return y0 + 0.0
    x1, y1 = knots[i + 1]
    return _clip(y0 + (held - x0) / (x1 - x0) * (y1 - y0), min(y0, y1), max(y0, y1))


SCALARS: dict[str, Callable[..., float]] = {
    "identity": lambda z: z,
    "relu": lambda z: max(z, 0.0) + 0.0,
    "step": _step,
    "sign": _sign,
    "sigmoid": _sigmoid,
    "tanh": math.tanh,
    "square": lambda z: z * z,
    "cube": lambda z: z * z * z,
    "abs": abs,
    "sqrt": lambda z: math.nan if z < 0 else math.sqrt(z),
    "exp": _exp,
    "log": _log,
    "reciprocal": _reciprocal,
    "sin": lambda z: math.nan if math.isinf(z) else math.sin(z),
    "cos": lambda z: math.nan if math.isinf(z) else math.cos(z),
    "gaussian": lambda z: math.exp(-(z * z)),
    "softplus": lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
    "softsign": lambda z: z / (1 + abs(z)),
    "hard-sigmoid": lambda z: _clip(z / 6 + 0.5, 0.0, 1.0),
    "hard-tanh": lambda z: _clip(z, -1.0, 1.0),
    "relu6": lambda z: _clip(z, 0.0, 6.0),
    "leaky-relu": lambda z, slope: z if z >= 0 else slope * z,
    "elu": _elu,
    "selu": lambda z: SELU_SCALE * _elu(z, SELU_ALPHA),
    "celu": _celu,
    "gelu": lambda z: z * (0.5 * math.erfc(z / -SQRT_2)),
    "gelu-tanh": lambda z: z * _sigmoid(SQRT_8_OVER_PI * (z + 0.044715 * (z * z * z))),
    "silu": lambda z: z * _sigmoid(z),
    "mish": lambda z: z * _mish_gate(z),
    "clip": _clip,
    "power": _power,
    "piecewise": _piecewise,
}
"""Every activation by name, in floats."""

ZERO, ONE, TWO, HALF = Decimal(0), Decimal(1), Decimal(2), Decimal("0.5")
Terms = Sequence[tuple[Decimal, Decimal]]
"""Pairs of a weight and a source's value."""


def _decimal_sum(values: Sequence[Decimal]) -> Decimal:
    return sum(values, ZERO)


def _products(terms: Terms) -> list[Decimal]:
    return [w * x for w, x in terms]


def _squares(terms: Terms) -> Decimal:
    return _decimal_sum([(x - w) * (x - w) for w, x in terms])


def _decimal_power(x: Decimal, exponent: Decimal) -> Decimal:
    if x == 0 and exponent == 0:
        return ONE
    return x**exponent


DECIMAL_AGGREGATIONS: dict[str, Callable[[Terms], Decimal]] = {
    "sum": lambda terms: _decimal_sum(_products(terms)),
    "mean": lambda terms: _decimal_sum(_products(terms)) / len(terms),
    "max": lambda terms: max(_products(terms)),
    "min": lambda terms: min(_products(terms)),
    "product": lambda terms: reduce(
        lambda a, b: a * b, [_decimal_power(x, w) for w, x in terms], ONE
    ),
    "distance": lambda terms: _squares(terms).sqrt(),
    "squared-distance": _squares,
    "manhattan": lambda terms: _decimal_sum([abs(x - w) for w, x in terms]),
}


def _decimal_clip(z: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal:
    raised = z if low is None else max(z, low)
    return raised if high is None else min(raised, high)


def _decimal_sigmoid(z: Decimal) -> Decimal:
    decay = (-abs(z)).exp()
    return (ONE if z >= 0 else decay) / (ONE + decay)


def _decimal_tanh(z: Decimal) -> Decimal:
    decay = (-2 * abs(z)).exp()
    size = (ONE - decay) / (ONE + decay)
    return size if z >= 0 else -size


def _decimal_softplus(z: Decimal) -> Decimal:
    return max(z, ZERO) + (ONE + (-abs(z)).exp()).ln()


def _decimal_elu(z: Decimal, alpha: Decimal) -> Decimal:
    return z if z >= 0 else alpha * (z.exp() - ONE)


def _decimal_celu(z: Decimal, alpha: Decimal) -> Decimal:
    return z if z >= 0 else alpha * ((z / alpha).exp() - ONE)


def _decimal_selu(z: Decimal) -> Decimal:
    return Decimal(repr(SELU_SCALE)) * _decimal_elu(z, Decimal(repr(SELU_ALPHA)))


def _decimal_gelu_tanh(z: Decimal) -> Decimal:
    inner = (TWO / PI).sqrt() * (z + Decimal("0.044715") * z * z * z)
    return z * _decimal_sigmoid(TWO * inner)


def _decimal_piecewise(z: Decimal, knots: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    if z <= knots[0][0]:
        return knots[0][1]
    for (x0, y0), (x1, y1) in pairwise(knots):
        if z <= x1:
            return y0 + (z - x0) / (x1 - x0) * (y1 - y0)
    return knots[-1][1]


DECIMAL_ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "identity": lambda z: z,
    "relu": lambda z: max(z, ZERO),
    "step": lambda z: Decimal(z >= 0),
    "sign": lambda z: Decimal((z > 0) - (z < 0)),
    "sigmoid": _decimal_sigmoid,
    "tanh": _decimal_tanh,
    "square": lambda z: z * z,
    "cube": lambda z: z * z * z,
    "abs": abs,
    "sqrt": lambda z: z.sqrt(),
    "exp": lambda z: z.exp(),
    "log": lambda z: z.ln(),
    "reciprocal": lambda z: ONE / z,
    "sin": sine,
    "cos": cosine,
    "gaussian": lambda z: (-z * z).exp(),
    "softplus": _decimal_softplus,
    "softsign": lambda z: z / (ONE + abs(z)),
    "hard-sigmoid": lambda z: _decimal_clip(z / 6 + HALF, ZERO, ONE),
    "hard-tanh": lambda z: _decimal_clip(z, -ONE, ONE),
    "relu6": lambda z: _decimal_clip(z, ZERO, Decimal(6)),
    "leaky-relu": lambda z, slope: z if z >= 0 else slope * z,
    "elu": _decimal_elu,
    "selu": _decimal_selu,
    "celu": _decimal_celu,
    "gelu": lambda z: z * HALF * (ONE + error_function(z / TWO.sqrt())),
    "gelu-tanh": _decimal_gelu_tanh,
    "silu": lambda z: z * _decimal_sigmoid(z),
    "mish": lambda z: z * _decimal_tanh(_decimal_softplus(z)),
    "clip": _decimal_clip,
    "power": lambda z, exponent: _decimal_power(z, exponent),
    "piecewise": _decimal_piecewise,
}


def _decimal_softmax(a: Sequence[Decimal]) -> list[Decimal]:
    powers = [(value - max(a)).exp() for value in a]
    total = _decimal_sum(powers)
    return [value / total for value in powers]


def _decimal_normalize(a: Sequence[Decimal]) -> list[Decimal]:
    total = _decimal_sum(a)
    return [value / total for value in a]


def _decimal_winner(a: Sequence[Decimal]) -> list[Decimal]:
    first = a.index(max(a))
    return [Decimal(i == first) for i in range(len(a))]


DECIMAL_GROUPS: dict[str, Callable[[Sequence[Decimal]], list[Decimal]]] = {
    "softmax": _decimal_softmax,
    "normalize": _decimal_normalize,
    "winner": _decimal_winner,
}

DECIMAL_TRANSFORMS: dict[str, Callable[..., Decimal]] = {
    "standardize": lambda x, mean, deviation: (x - mean) / deviation,
    "rescale": lambda x, a, b, c, d: c + (x - a) / (b - a) * (d - c),
    "clip": _decimal_clip,
    "log": lambda x: x.ln(),
    "log1p": lambda x: (ONE + x).ln(),
    "sqrt": lambda x: x.sqrt(),
}
