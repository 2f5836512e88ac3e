"""Activation functions: one record each, in one literal table.

Examples
--------
>>> relu = ACTIVATIONS["relu"]
>>> relu.scalar(-3.0), relu.image((-1.0, 2.0)), relu.formula
(0.0, (0.0, 2.0), 'max(0, z)')
>>> ALIASES["swish"], find("swish").name
('silu', 'silu')
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable

from nnspec.functions.activations.exponential import CELU, ELU, EXP, GAUSSIAN, LOG, SELU, SOFTPLUS
from nnspec.functions.activations.gates import GELU, GELU_TANH, MISH, SILU
from nnspec.functions.activations.intervals import Interval
from nnspec.functions.activations.knots import PIECEWISE
from nnspec.functions.activations.parameters import check_parameters, with_defaults
from nnspec.functions.activations.periodic import COS, SIN
from nnspec.functions.activations.piecewise_linear import (
    ABS,
    CLIP,
    HARD_SIGMOID,
    HARD_TANH,
    IDENTITY,
    LEAKY_RELU,
    RELU,
    RELU6,
    SIGN,
    STEP,
)
from nnspec.functions.activations.powers import CUBE, POWER, RECIPROCAL, SQRT, SQUARE
from nnspec.functions.activations.record import (
    ActivationFunction,
    Monotonicity,
    Parameter,
    ParameterFault,
    Traits,
)
from nnspec.functions.activations.sigmoids import SIGMOID, SOFTSIGN, TANH

__all__ = [
    "ACTIVATIONS",
    "ALIASES",
    "DEFAULT_ACTIVATION",
    "ActivationFunction",
    "Interval",
    "Monotonicity",
    "Parameter",
    "ParameterFault",
    "Traits",
    "check_parameters",
    "find",
    "with_defaults",
]

ACTIVATIONS: dict[str, ActivationFunction] = {
    record.name: record
    for record in (
        IDENTITY,
        RELU,
        STEP,
        SIGN,
        SIGMOID,
        TANH,
        SQUARE,
        CUBE,
        ABS,
        SQRT,
        EXP,
        LOG,
        RECIPROCAL,
        SIN,
        COS,
        GAUSSIAN,
        SOFTPLUS,
        SOFTSIGN,
        HARD_SIGMOID,
        HARD_TANH,
        RELU6,
        LEAKY_RELU,
        ELU,
        SELU,
        CELU,
        GELU,
        GELU_TANH,
        SILU,
        MISH,
        CLIP,
        POWER,
        PIECEWISE,
    )
}
"""Every activation function by name, in the order of the format's reference."""

ALIASES: dict[str, str] = {
    alias: record.name for record in ACTIVATIONS.values() for alias in record.aliases
}
"""Other names, each with the name of the activation it stands for."""

DEFAULT_ACTIVATION = "identity"


def find(name: str) -> ActivationFunction | None:
    """The activation function of a name or alias, or None."""
    return ACTIVATIONS.get(ALIASES.get(name, name))


def _of_name(name: str) -> ActivationFunction:
    return ACTIVATIONS[name]


def _reduce(
    function: ActivationFunction,
) -> tuple[Callable[[str], ActivationFunction], tuple[str]]:
    return _of_name, (function.name,)


# A record's lambdas cannot be pickled; its name can, and a copy of a record is the record itself.
copyreg.pickle(ActivationFunction, _reduce)
