"""S-shaped activations."""

from __future__ import annotations

from typing import Any

from nnspec.functions.activations.record import ActivationFunction, Traits, always


def sigmoid(m: Any, z: Any) -> Any:
    """``1 / (1 + exp(-z))``, by the exponential that cannot overflow."""
    decay = m.exp(-abs(z))
    return m.where(z >= 0, 1.0, decay) / (1 + decay)


SIGMOID = ActivationFunction(
    name="sigmoid",
    aliases=("logistic",),
    formula="1 / (1 + exp(-z))",
    description="the logistic function: a probability from log-odds",
    source=(
        "Rumelhart, Hinton, Williams (1986), Learning representations by back-propagating errors, "
        "doi:10.1038/323533a0"
    ),
    define=sigmoid,
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
    define=lambda m, z: m.tanh(z),
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
    define=lambda _m, z: z / (1 + abs(z)),
    known=always(
        Traits(
            range=(-1.0, 1.0),
            lipschitz=1.0,
            monotonicity="increasing",
            slope_turns=(0.0,),
        )
    ),
)
