"""Powers of z: square, cube, root, reciprocal, and any other.

Zeros follow IEEE 754's pow: ``0 ** -1`` is infinite, with the sign of the zero. Whatever is below
0, minus infinity too, has whole powers only.
"""

from __future__ import annotations

import math
from typing import Any

from nnspec.functions.activations.intervals import (
    EVERYTHING,
    NOTHING,
    Interval,
    hull,
    intersection,
    outward,
)
from nnspec.functions.activations.numbers import check_number
from nnspec.functions.activations.record import ActivationFunction, Parameter, Traits, always

POSITIVE: Interval = (0.0, math.inf)


def _sqrt(z: float) -> float:
    return math.nan if z < 0 else math.sqrt(z)


def _sqrt_derivative(z: float) -> float:
    root = _sqrt(z)
    return math.inf if root == 0 else 0.5 / root


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


def _power_vector(xp: Any, z: Any, exponent: float) -> Any:
    # In float64 whatever the dtype: float32 would change the exponent, 0.1 or 16777217.
    base = z.astype(xp.float64)
    if not exponent.is_integer():
        # pow itself has an answer for -inf, and NumPy another one, by sqrt, for exponent 0.5.
        base = xp.where(base < 0, xp.nan, base)
    return xp.power(base, exponent).astype(z.dtype)


def _power_derivative(z: float, exponent: float) -> float:
    return 0.0 if exponent == 0 else exponent * _power(z, exponent - 1)


def _power_traits(exponent: float) -> Traits:
    if exponent == 0:
        return Traits(range=(1.0, 1.0), lipschitz=0.0, monotonicity="constant")
    if not exponent.is_integer():
        return Traits(
            range=POSITIVE,
            lipschitz=math.inf,
            monotonicity="increasing" if exponent > 0 else "decreasing",
            domain=POSITIVE,
        )
    odd = exponent % 2 == 1
    return Traits(
        range=EVERYTHING if odd else POSITIVE,
        lipschitz=1.0 if exponent == 1 else math.inf,
        monotonicity="increasing" if odd and exponent > 0 else None,
        hinges=(0.0,) if exponent < 0 else (),
        turns=() if odd else (0.0,),
    )


def _power_image(interval: Interval, exponent: float) -> Interval:
    traits = _power_traits(exponent)
    low, high = intersection(interval, traits.domain)
    ends = _ends_around_pole(low, high) if exponent < 0 else [low, high]
    if not low <= high or not ends:
        return NOTHING
    turns = [z for z in traits.turns if low < z < high]
    values = hull(_power(z, exponent) for z in (*ends, *turns))
    return intersection(outward(values), traits.range)


def _ends_around_pole(low: float, high: float) -> list[float]:
    """The ends of each side of 0 by itself: -0.0 and 0.0 give a negative power's limits there."""
    ends = []
    if low < 0:
        ends += [low, high if high < 0 else -0.0]
    if high > 0:
        ends += [low if low > 0 else 0.0, high]
    return ends


SQUARE = ActivationFunction(
    name="square",
    formula="z^2",
    description="the square",
    source=(
        "Livni, Shalev-Shwartz, Shamir (2014), On the computational efficiency of training neural "
        "networks, doi:10.48550/arXiv.1410.1141"
    ),
    scalar=lambda z: z * z,
    elementwise=lambda _xp, z: z * z,
    derivative=lambda z: 2 * z,
    slope=lambda _xp, z: 2 * z,
    known=always(Traits(range=POSITIVE, lipschitz=math.inf, turns=(0.0,), slope_turns=())),
    exact=True,
)

CUBE = ActivationFunction(
    name="cube",
    formula="z^3",
    description="the cube",
    source=(
        "Chen, Manning (2014), A fast and accurate dependency parser using neural networks, "
        "doi:10.3115/v1/D14-1082"
    ),
    scalar=lambda z: z * z * z,
    elementwise=lambda _xp, z: z * z * z,
    derivative=lambda z: 3 * (z * z),
    slope=lambda _xp, z: 3 * z * z,
    known=always(
        Traits(range=EVERYTHING, lipschitz=math.inf, monotonicity="increasing", slope_turns=(0.0,))
    ),
    exact=True,
)

SQRT = ActivationFunction(
    name="sqrt",
    formula="sqrt(z), for z >= 0",
    description="the square root",
    source="IEEE 754-2019, squareRoot, doi:10.1109/IEEESTD.2019.8766229",
    scalar=_sqrt,
    elementwise=lambda xp, z: xp.sqrt(z),
    derivative=_sqrt_derivative,
    known=always(
        Traits(
            range=POSITIVE,
            lipschitz=math.inf,
            monotonicity="increasing",
            domain=POSITIVE,
            slope_turns=(),
        )
    ),
    exact=True,
)

RECIPROCAL = ActivationFunction(
    name="reciprocal",
    formula="1 / z, for z other than 0",
    description="one over z",
    source="IEEE 754-2019, division, doi:10.1109/IEEESTD.2019.8766229",
    scalar=_reciprocal,
    elementwise=lambda _xp, z: 1 / z,
    derivative=lambda z: -_reciprocal(z) * _reciprocal(z),
    known=always(Traits(range=EVERYTHING, lipschitz=math.inf, hinges=(0.0,))),
    image_override=lambda interval: _power_image(interval, -1.0),
)

POWER = ActivationFunction(
    name="power",
    formula="z^exponent",
    description="z raised to a power; below 0 only with a whole exponent",
    source="IEEE 754-2019, pow, doi:10.1109/IEEESTD.2019.8766229",
    parameters=(Parameter("exponent", "the power to which z is raised", check_number),),
    scalar=_power,
    elementwise=_power_vector,
    derivative=_power_derivative,
    known=_power_traits,
    image_override=_power_image,
)
