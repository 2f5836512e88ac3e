"""Exponential, logarithm, and the activations that bend with them."""

from __future__ import annotations

import math
from typing import Any

from nnspec.functions.activations.intervals import EVERYTHING
from nnspec.functions.activations.numbers import check_number, check_positive
from nnspec.functions.activations.record import ActivationFunction, Parameter, Traits, always
from nnspec.functions.activations.sigmoids import sigmoid

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def _exp(z: float) -> float:
    try:
        return math.exp(z)
    except OverflowError:
        return math.inf


def _log(z: float) -> float:
    if z <= 0:
        return -math.inf if z == 0 else math.nan
    return math.log(z)


def _log_derivative(z: float) -> float:
    if z <= 0:
        return math.inf if z == 0 else math.nan
    return 1 / z


def _softplus(z: float) -> float:
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def _softplus_vector(xp: Any, z: Any) -> Any:
    return xp.maximum(z, 0.0) + xp.log1p(xp.exp(-xp.abs(z)))


def _elu(z: float, alpha: float) -> float:
    return z if z >= 0 else alpha * math.expm1(z)


def _elu_vector(xp: Any, z: Any, alpha: float) -> Any:
    # The branch that is not taken must not overflow: hence the minimum.
    return xp.where(z >= 0, z, alpha * xp.expm1(xp.minimum(z, 0.0)))


def _elu_traits(alpha: float) -> Traits:
    return Traits(
        range=(min(-alpha, 0.0), math.inf),
        lipschitz=max(1.0, abs(alpha)),
        monotonicity="increasing" if alpha >= 0 else None,
        hinges=(0.0,) if alpha != 1 else (),
        turns=(0.0,) if alpha < 0 else (),
    )


def _celu(z: float, alpha: float) -> float:
    return z if z >= 0 else alpha * math.expm1(z / alpha)


def _celu_vector(xp: Any, z: Any, alpha: float) -> Any:
    return xp.where(z >= 0, z, alpha * xp.expm1(xp.minimum(z, 0.0) / alpha))


EXP = ActivationFunction(
    name="exp",
    formula="exp(z)",
    description="the exponential",
    source="NIST Digital Library of Mathematical Functions, section 4.2, https://dlmf.nist.gov/4.2",
    scalar=_exp,
    elementwise=lambda xp, z: xp.exp(z),
    derivative=_exp,
    slope=lambda xp, z: xp.exp(z),
    known=always(
        Traits(range=(0.0, math.inf), lipschitz=math.inf, monotonicity="increasing", slope_turns=())
    ),
)

LOG = ActivationFunction(
    name="log",
    formula="ln(z), for z > 0",
    description="the natural logarithm",
    source="NIST Digital Library of Mathematical Functions, section 4.2, https://dlmf.nist.gov/4.2",
    scalar=_log,
    elementwise=lambda xp, z: xp.log(z),
    derivative=_log_derivative,
    known=always(
        Traits(
            range=EVERYTHING,
            lipschitz=math.inf,
            monotonicity="increasing",
            domain=(0.0, math.inf),
            slope_turns=(),
        )
    ),
)

GAUSSIAN = ActivationFunction(
    name="gaussian",
    formula="exp(-z^2)",
    description="a bell: 1 at 0, falling to 0 on both sides",
    source=(
        "Park, Sandberg (1991), Universal approximation using radial-basis-function networks, "
        "doi:10.1162/neco.1991.3.2.246"
    ),
    scalar=lambda z: math.exp(-(z * z)),
    elementwise=lambda xp, z: xp.exp(-(z * z)),
    derivative=lambda z: -2 * z * math.exp(-(z * z)),
    slope=lambda xp, z: -2 * z * xp.exp(-(z * z)),
    # Steepest at 1/sqrt(2), where the slope is sqrt(2/e).
    known=always(Traits(range=(0.0, 1.0), lipschitz=0.8577638849607069, turns=(0.0,))),
)

SOFTPLUS = ActivationFunction(
    name="softplus",
    formula="ln(1 + exp(z))",
    description="the rectifier with its corner rounded",
    source=(
        "Dugas and others (2001), Incorporating second-order functional knowledge for better "
        "option pricing, Advances in Neural Information Processing Systems 13"
    ),
    scalar=_softplus,
    elementwise=_softplus_vector,
    derivative=sigmoid,
    known=always(
        Traits(
            range=(0.0, math.inf),
            lipschitz=1.0,
            monotonicity="increasing",
            slope_turns=(),
        )
    ),
)

ELU = ActivationFunction(
    name="elu",
    formula="z if z >= 0, else alpha * (exp(z) - 1)",
    description="the identity above 0, an exponential down to -alpha below",
    source=(
        "Clevert, Unterthiner, Hochreiter (2016), Fast and accurate deep network learning by "
        "exponential linear units, doi:10.48550/arXiv.1511.07289"
    ),
    parameters=(Parameter("alpha", "the depth approached far below 0", check_number, 1.0),),
    scalar=_elu,
    elementwise=_elu_vector,
    derivative=lambda z, alpha: 1.0 if z >= 0 else alpha * math.exp(z),
    known=_elu_traits,
)

SELU = ActivationFunction(
    name="selu",
    formula=f"{SELU_SCALE} * (z if z >= 0, else alpha * (exp(z) - 1)) with alpha = {SELU_ALPHA}",
    description="the elu whose outputs keep mean 0 and variance 1 from layer to layer",
    source=(
        "Klambauer, Unterthiner, Mayr, Hochreiter (2017), Self-normalizing neural networks, "
        "doi:10.48550/arXiv.1706.02515"
    ),
    scalar=lambda z: SELU_SCALE * _elu(z, SELU_ALPHA),
    elementwise=lambda xp, z: SELU_SCALE * _elu_vector(xp, z, SELU_ALPHA),
    derivative=lambda z: SELU_SCALE * (1.0 if z >= 0 else SELU_ALPHA * math.exp(z)),
    known=always(
        Traits(
            range=(-SELU_SCALE * SELU_ALPHA, math.inf),
            lipschitz=SELU_SCALE * SELU_ALPHA,
            monotonicity="increasing",
            hinges=(0.0,),
        )
    ),
)

CELU = ActivationFunction(
    name="celu",
    formula="max(0, z) + min(0, alpha * (exp(z/alpha) - 1))",
    description="the elu without a corner, whatever its alpha",
    source=(
        "Barron (2017), Continuously differentiable exponential linear units, "
        "doi:10.48550/arXiv.1704.07483"
    ),
    parameters=(
        Parameter("alpha", "the depth approached far below 0, above 0", check_positive, 1.0),
    ),
    scalar=_celu,
    elementwise=_celu_vector,
    derivative=lambda z, alpha: 1.0 if z >= 0 else math.exp(z / alpha),
    known=lambda alpha: Traits(range=(-alpha, math.inf), lipschitz=1.0, monotonicity="increasing"),
)
