"""Exponential, logarithm, and the activations that bend with them."""

from __future__ import annotations

import math
from typing import Any

from nnspec.functions.activations.intervals import EVERYTHING
from nnspec.functions.activations.numbers import check_number, check_positive
from nnspec.functions.activations.record import ActivationFunction, Parameter, Traits, always

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def elu(m: Any, z: Any, alpha: Any) -> Any:
    """``z if z >= 0, else alpha * (exp(z) - 1)``."""
    # The branch that is not taken must not overflow: hence the minimum.
    return m.where(z >= 0, z, alpha * m.expm1(m.minimum(z, 0.0)))


def _elu_traits(alpha: float) -> Traits:
    return Traits(
        range=(min(-alpha, 0.0), math.inf),
        lipschitz=max(1.0, abs(alpha)),
        monotonicity="increasing" if alpha >= 0 else None,
        hinges=(0.0,) if alpha != 1 else (),
        turns=(0.0,) if alpha < 0 else (),
    )


def _celu(m: Any, z: Any, alpha: Any) -> Any:
    return m.where(z >= 0, z, alpha * m.expm1(m.minimum(z, 0.0) / alpha))


EXP = ActivationFunction(
    name="exp",
    formula="exp(z)",
    description="the exponential",
    source="NIST Digital Library of Mathematical Functions, section 4.2, https://dlmf.nist.gov/4.2",
    define=lambda m, z: m.exp(z),
    known=always(
        Traits(range=(0.0, math.inf), lipschitz=math.inf, monotonicity="increasing", slope_turns=())
    ),
)

LOG = ActivationFunction(
    name="log",
    formula="ln(z), for z > 0",
    description="the natural logarithm",
    source="NIST Digital Library of Mathematical Functions, section 4.2, https://dlmf.nist.gov/4.2",
    define=lambda m, z: m.log(z),
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
    define=lambda m, z: m.exp(-(z * z)),
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
    define=lambda m, z: m.maximum(z, 0.0) + m.log1p(m.exp(-abs(z))),
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
    define=elu,
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
    define=lambda m, z: SELU_SCALE * elu(m, z, SELU_ALPHA),
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
    define=_celu,
    known=lambda alpha: Traits(range=(-alpha, math.inf), lipschitz=1.0, monotonicity="increasing"),
)
