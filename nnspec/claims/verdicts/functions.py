"""Every aggregation, activation, group and transform in decimal arithmetic of many digits.

A third writing of the definitions, beside ``scalar`` and ``vector``, from the formulas of the
format's reference; tests hold it against them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from typing import Any

from nnspec.claims.verdicts.series import PI, cosine, error_function, sine
from nnspec.functions.activations.exponential import SELU_ALPHA, SELU_SCALE

ZERO, ONE, TWO, HALF = Decimal(0), Decimal(1), Decimal(2), Decimal("0.5")
Terms = Sequence[tuple[Decimal, Decimal]]
"""Pairs of a weight and a source's value."""


def _sum(values: Sequence[Decimal]) -> Decimal:
    return sum(values, ZERO)


def _products(terms: Terms) -> list[Decimal]:
    return [w * x for w, x in terms]


def _squares(terms: Terms) -> Decimal:
    return _sum([(x - w) * (x - w) for w, x in terms])


def _power(x: Decimal, exponent: Decimal) -> Decimal:
    if x == 0 and exponent == 0:
        return ONE
    return x**exponent


AGGREGATIONS: dict[str, Callable[[Terms], Decimal]] = {
    "sum": lambda terms: _sum(_products(terms)),
    "mean": lambda terms: _sum(_products(terms)) / len(terms),
    "max": lambda terms: max(_products(terms)),
    "min": lambda terms: min(_products(terms)),
    "product": lambda terms: reduce(lambda a, b: a * b, [_power(x, w) for w, x in terms], ONE),
    "distance": lambda terms: _squares(terms).sqrt(),
    "squared-distance": _squares,
    "manhattan": lambda terms: _sum([abs(x - w) for w, x in terms]),
}


def _clip(z: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal:
    raised = z if low is None else max(z, low)
    return raised if high is None else min(raised, high)


def _sigmoid(z: Decimal) -> Decimal:
    decay = (-abs(z)).exp()
    return (ONE if z >= 0 else decay) / (ONE + decay)


def _tanh(z: Decimal) -> Decimal:
    decay = (-2 * abs(z)).exp()
    size = (ONE - decay) / (ONE + decay)
    return size if z >= 0 else -size


def _softplus(z: Decimal) -> Decimal:
    return max(z, ZERO) + (ONE + (-abs(z)).exp()).ln()


def _elu(z: Decimal, alpha: Decimal) -> Decimal:
    return z if z >= 0 else alpha * (z.exp() - ONE)


def _celu(z: Decimal, alpha: Decimal) -> Decimal:
    return z if z >= 0 else alpha * ((z / alpha).exp() - ONE)


def _selu(z: Decimal) -> Decimal:
    return Decimal(repr(SELU_SCALE)) * _elu(z, Decimal(repr(SELU_ALPHA)))


def _gelu_tanh(z: Decimal) -> Decimal:
    inner = (TWO / PI).sqrt() * (z + Decimal("0.044715") * z * z * z)
    return z * _sigmoid(TWO * inner)


def _piecewise(z: Decimal, knots: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    if z <= knots[0][0]:
        return knots[0][1]
    for (x0, y0), (x1, y1) in pairwise(knots):
        if z <= x1:
            return y0 + (z - x0) / (x1 - x0) * (y1 - y0)
    return knots[-1][1]


ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "identity": lambda z: z,
    "relu": lambda z: max(z, ZERO),
    "step": lambda z: Decimal(z >= 0),
    "sign": lambda z: Decimal((z > 0) - (z < 0)),
    "sigmoid": _sigmoid,
    "tanh": _tanh,
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
    "softplus": _softplus,
    "softsign": lambda z: z / (ONE + abs(z)),
    "hard-sigmoid": lambda z: _clip(z / 6 + HALF, ZERO, ONE),
    "hard-tanh": lambda z: _clip(z, -ONE, ONE),
    "relu6": lambda z: _clip(z, ZERO, Decimal(6)),
    "leaky-relu": lambda z, slope: z if z >= 0 else slope * z,
    "elu": _elu,
    "selu": _selu,
    "celu": _celu,
    "gelu": lambda z: z * HALF * (ONE + error_function(z / TWO.sqrt())),
    "gelu-tanh": _gelu_tanh,
    "silu": lambda z: z * _sigmoid(z),
    "mish": lambda z: z * _tanh(_softplus(z)),
    "clip": _clip,
    "power": lambda z, exponent: _power(z, exponent),
    "piecewise": _piecewise,
}


def _softmax(a: Sequence[Decimal]) -> list[Decimal]:
    powers = [(value - max(a)).exp() for value in a]
    total = _sum(powers)
    return [value / total for value in powers]


def _normalize(a: Sequence[Decimal]) -> list[Decimal]:
    total = _sum(a)
    return [value / total for value in a]


def _winner(a: Sequence[Decimal]) -> list[Decimal]:
    first = a.index(max(a))
    return [Decimal(i == first) for i in range(len(a))]


GROUPS: dict[str, Callable[[Sequence[Decimal]], list[Decimal]]] = {
    "softmax": _softmax,
    "normalize": _normalize,
    "winner": _winner,
}

TRANSFORMS: dict[str, Callable[..., Decimal]] = {
    "standardize": lambda x, mean, deviation: (x - mean) / deviation,
    "rescale": lambda x, a, b, c, d: c + (x - a) / (b - a) * (d - c),
    "clip": _clip,
    "log": lambda x: x.ln(),
    "log1p": lambda x: (ONE + x).ln(),
    "sqrt": lambda x: x.sqrt(),
}
