"""S-shaped activations."""

from __future__ import annotations

import math
from typing import Any

from nnspec.functions.activations.record import ActivationFunction, Traits, always


def sigmoid(z: float) -> float:
    """``1 / (1 + exp(-z))``, by the exponential that cannot overflow."""
    decay = math.exp(-abs(z))
    return (1.0 if z >= 0 else decay) / (1 + decay)


def sigmoid_vector(xp: Any, z: Any) -> Any:
    """``1 / (1 + exp(-z))``, by the exponential that cannot overflow."""
    decay = xp.exp(-xp.abs(z))
    return xp.where(z >= 0, 1.0, decay) / (1 + decay)


def _sigmoid_derivative(z: float) -> float:
    # s (1 - s), written so that neither tail cancels.
    decay = math.exp(-abs(z))
    return decay / ((1 + decay) * (1 + decay))


def _sigmoid_slope(xp: Any, z: Any) -> Any:
    decay = xp.exp(-xp.abs(z))
    return decay / ((1 + decay) * (1 + decay))


def _softsign_derivative(z: float) -> float:
    share = 1 / (1 + abs(z))
    return share * share


SIGMOID = ActivationFunction(
    name="sigmoid",
    aliases=("logistic",),
    formula="1 / (1 + exp(-z))",
    description="the logistic function: a probability from log-odds",
    source=(
        "Rumelhart, Hinton, Williams (1986), Learning representations by back-propagating errors, "
        "doi:10.1038/323533a0"
    ),
    scalar=sigmoid,
    elementwise=sigmoid_vector,
    derivative=_sigmoid_derivative,
    slope=_sigmoid_slope,
    known=always(
        Traits(
            range=(0.0, 1.0),
            lipschitz=0.25,
            monotonicity="increasing",
            slope_turns=(0.0,),
        )
    ),
)

TANH = ActivationFunction(
    name="tanh",
    formula="tanh(z)",
    description="the hyperbolic tangent: an S from -1 to 1",
    source="LeCun, Bottou, Orr, Müller (1998), Efficient BackProp, doi:10.1007/3-540-49430-8_2",
    scalar=math.tanh,
    elementwise=lambda xp, z: xp.tanh(z),
    # tanh z = 2 sigmoid(2z) - 1
    derivative=lambda z: 4 * _sigmoid_derivative(2 * z),
    slope=lambda xp, z: 4 * _sigmoid_slope(xp, 2 * z),
    known=always(
        Traits(
            range=(-1.0, 1.0),
            lipschitz=1.0,
            monotonicity="increasing",
            slope_turns=(0.0,),
        )
    ),
)

SOFTSIGN = ActivationFunction(
    name="softsign",
    formula="z / (1 + |z|)",
    description="an S from -1 to 1 that nears its ends slowly",
    source=(
        "Glorot, Bengio (2010), Understanding the difficulty of training deep feedforward neural "
        "networks, Proceedings of Machine Learning Research 9"
    ),
    scalar=lambda z: z / (1 + abs(z)),
    elementwise=lambda xp, z: z / (1 + xp.abs(z)),
    derivative=_softsign_derivative,
    known=always(
        Traits(
            range=(-1.0, 1.0),
            lipschitz=1.0,
            monotonicity="increasing",
            slope_turns=(0.0,),
        )
    ),
)
