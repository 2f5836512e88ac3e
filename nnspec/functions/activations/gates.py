"""Activations that let z through a gate of z: rising far out, with a shallow valley below 0.

Where each turns and how steep it grows has no closed form; the constants were computed with 40
digits. The ranges' low ends are rounded downward, the Lipschitz constants upward.
"""

from __future__ import annotations

import math
from typing import Any

from nnspec.functions.activations.record import ActivationFunction, Traits, always
from nnspec.functions.activations.sigmoids import sigmoid


def _gelu_tanh(m: Any, z: Any) -> Any:
    # (1 + tanh u) / 2 is sigmoid(2u), which keeps the digits of the lower tail.
    return z * sigmoid(m, m.root(8 / m.pi) * (z + 0.044715 * (z * z * z)))


def _gelu_tanh_settled(m: Any, z: Any) -> Any:
    # The gate is shut, or wide open, long before the cube overflows.
    cube = m.where(abs(z) < 1e-90, 0.0, z * z * z)
    gate = sigmoid(m, m.root(8 / m.pi) * (z + 0.044715 * cube))
    return m.where(z > 100, z, m.where(z < -100, 0.0, z * gate))


def _mish_settled(m: Any, z: Any) -> Any:
    # exp(-2|z|) in place of a square, which underflows where the power itself does not.
    decay, squared = m.exp(-abs(z)), m.exp(-2 * abs(z))
    above = m.where(z >= 0, 1 + 2 * decay, decay * (decay + 2))
    return z * (above / (above + m.where(z >= 0, 2 * squared, 2.0)))


def _mish(m: Any, z: Any) -> Any:
    # tanh(ln(1 + e)) = ((1 + e)^2 - 1) / ((1 + e)^2 + 1) with e = exp(z): no logarithm, and
    # nothing cancels. For z >= 0 both are divided by e^2, so that nothing overflows.
    decay = m.exp(-abs(z))
    above = m.where(z >= 0, 1 + 2 * decay, decay * (decay + 2))
    return z * (above / (above + m.where(z >= 0, 2 * decay * decay, 2.0)))


GELU = ActivationFunction(
    name="gelu",
    formula="z/2 * (1 + erf(z / sqrt(2)))",
    description="z times the normal distribution function of z, exactly",
    source="Hendrycks, Gimpel (2016), Gaussian error linear units, doi:10.48550/arXiv.1606.08415",
    define=lambda m, z: z * (0.5 * m.erfc(z / -m.root(2))),
    in_double=True,
    instead="gelu-tanh nears it within 0.0005",
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
    define=_gelu_tanh,
    settled=_gelu_tanh_settled,
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
    define=lambda m, z: z * sigmoid(m, z),
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
    define=_mish,
    settled=_mish_settled,
    known=always(
        Traits(
            range=(-0.308843413017251, math.inf),
            lipschitz=1.0884981612517279,
            turns=(-1.192431214515495,),
        )
    ),
)
