"""Activations that let z through a gate of z: rising far out, with a shallow valley below 0.

Where each turns and how steep it grows has no closed form; the constants were computed with 40
digits. The ranges' low ends are rounded downward, the Lipschitz constants upward.
"""

from __future__ import annotations

import math
from typing import Any

from nnspec.functions.activations.record import ActivationFunction, Traits, always
from nnspec.functions.activations.sigmoids import sigmoid, sigmoid_vector

SQRT_2 = math.sqrt(2)
SQRT_2_PI = math.sqrt(2 * math.pi)
SQRT_8_OVER_PI = math.sqrt(8 / math.pi)


def _normal_distribution(z: float) -> float:
    # By erfc, as 1 + erf loses every digit of the lower tail.
    return 0.5 * math.erfc(z / -SQRT_2)


def _gelu_vector(xp: Any, z: Any) -> Any:
    # NumPy has no erf. This one is slow, but has the definition's own bits.
    wide = z.astype(xp.float64)
    tails = map(math.erfc, (wide / -SQRT_2).ravel().tolist())
    gate = 0.5 * xp.fromiter(tails, xp.float64, count=z.size).reshape(z.shape)
    return (wide * gate).astype(z.dtype)


def _gelu_derivative(z: float) -> float:
    return _normal_distribution(z) + z * math.exp(-0.5 * z * z) / SQRT_2_PI


def _gelu_tanh_argument(z: Any) -> Any:
    # (1 + tanh u) / 2 is sigmoid(2u), which keeps the digits of the lower tail.
    return SQRT_8_OVER_PI * (z + 0.044715 * (z * z * z))


def _gelu_tanh_derivative(z: float) -> float:
    argument = _gelu_tanh_argument(z)
    gate = sigmoid(argument)
    bend = gate * sigmoid(-argument)
    if bend == 0:
        return gate
    return gate + z * bend * SQRT_8_OVER_PI * (1 + 3 * 0.044715 * z * z)


def _silu_derivative(z: float) -> float:
    return sigmoid(z) * (1 + z * sigmoid(-z))


def _mish_gate(z: float) -> float:
    # tanh(ln(1 + e)) = ((1 + e)^2 - 1) / ((1 + e)^2 + 1) with e = exp(z): no logarithm, and
    # nothing cancels. For z >= 0 both are divided by e^2, so that nothing overflows.
    decay = math.exp(-abs(z))
    above = 1 + 2 * decay if z >= 0 else decay * (decay + 2)
    return above / (above + (2 * decay * decay if z >= 0 else 2.0))


def _mish_vector(xp: Any, z: Any) -> Any:
    decay = xp.exp(-xp.abs(z))
    above = xp.where(z >= 0, 1 + 2 * decay, decay * (decay + 2))
    return z * (above / (above + xp.where(z >= 0, 2 * decay * decay, 2.0)))


def _mish_derivative(z: float) -> float:
    gate = _mish_gate(z)
    return gate + z * (1 - gate) * (1 + gate) * sigmoid(z)


GELU = ActivationFunction(
    name="gelu",
    formula="z/2 * (1 + erf(z / sqrt(2)))",
    description="z times the normal distribution function of z, exactly",
    source="Hendrycks, Gimpel (2016), Gaussian error linear units, doi:10.48550/arXiv.1606.08415",
    scalar=lambda z: z * _normal_distribution(z),
    elementwise=_gelu_vector,
    derivative=_gelu_derivative,
    # Steepest at sqrt(2).
    known=always(
        Traits(
            range=(-0.169971207479904, math.inf),
            lipschitz=1.1289041451851549,
            turns=(-0.7517915246935645,),
        )
    ),
)

GELU_TANH = ActivationFunction(
    name="gelu-tanh",
    formula="z/2 * (1 + tanh(sqrt(2/pi) * (z + 0.044715 z^3)))",
    description="the usual approximation of gelu, by tanh",
    source="Hendrycks, Gimpel (2016), Gaussian error linear units, doi:10.48550/arXiv.1606.08415",
    scalar=lambda z: z * sigmoid(_gelu_tanh_argument(z)),
    elementwise=lambda xp, z: z * sigmoid_vector(xp, _gelu_tanh_argument(z)),
    derivative=_gelu_tanh_derivative,
    known=always(
        Traits(
            range=(-0.170040750571255, math.inf),
            lipschitz=1.1289930686587718,
            turns=(-0.7524614220710163,),
        )
    ),
)

SILU = ActivationFunction(
    name="silu",
    aliases=("swish",),
    formula="z / (1 + exp(-z))",
    description="z times the sigmoid of z",
    source=(
        "Elfwing, Uchibe, Doya (2018), Sigmoid-weighted linear units for neural network function "
        "approximation in reinforcement learning, doi:10.1016/j.neunet.2017.12.012"
    ),
    scalar=lambda z: z * sigmoid(z),
    elementwise=lambda xp, z: z * sigmoid_vector(xp, z),
    derivative=_silu_derivative,
    known=always(
        Traits(
            range=(-0.2784645427610742, math.inf),
            lipschitz=1.099839320128867,
            turns=(-1.2784645427610738,),
        )
    ),
)

MISH = ActivationFunction(
    name="mish",
    formula="z * tanh(ln(1 + exp(z)))",
    description="z times the hyperbolic tangent of its softplus",
    source=(
        "Misra (2019), Mish: a self regularized non-monotonic activation function, "
        "doi:10.48550/arXiv.1908.08681"
    ),
    scalar=lambda z: z * _mish_gate(z),
    elementwise=_mish_vector,
    derivative=_mish_derivative,
    known=always(
        Traits(
            range=(-0.308843413017251, math.inf),
            lipschitz=1.0884981612517279,
            turns=(-1.192431214515495,),
        )
    ),
)
