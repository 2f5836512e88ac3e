"""Powers of z: square, cube, root, reciprocal, and any other.

Zeros follow IEEE 754's pow: ``0 ** -1`` is infinite, with the sign of the zero. Whatever is below
0, minus infinity too, has whole powers only.
"""

from __future__ import annotations

import math

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
from nnspec.functions.expressions.floats import FLOATS

POSITIVE: Interval = (0.0, math.inf)


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
    values = hull(FLOATS.power(z, exponent) for z in (*ends, *turns))
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
    define=lambda _m, z: z * z,
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
    define=lambda _m, z: z * z * z,
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
    define=lambda m, z: m.sqrt(z),
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
    define=lambda m, z: m.divide(1.0, z),
    known=always(Traits(range=EVERYTHING, lipschitz=math.inf, hinges=(0.0,), slope_turns=(0.0,))),
    image_override=lambda interval: _power_image(interval, -1.0),
)

POWER = ActivationFunction(
    name="power",
    formula="z^exponent",
    description="z raised to a power; below 0 only with a whole exponent",
    source="IEEE 754-2019, pow, doi:10.1109/IEEESTD.2019.8766229",
    parameters=(Parameter("exponent", "the power to which z is raised", check_number),),
    define=lambda m, z, exponent: m.power(z, exponent),
    in_double=True,
    known=_power_traits,
    image_override=_power_image,
)
