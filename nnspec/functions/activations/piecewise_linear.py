"""Activations made of straight pieces.

Scalar and vector give the same bits, and every zero that a clip yields is +0.0: IEEE 754 leaves
open which zero is the greater, and NumPy's answer depends on the element's place in the array.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from nnspec.diagnostics.suggestions import quote
from nnspec.functions.activations.intervals import EVERYTHING
from nnspec.functions.activations.numbers import check_number
from nnspec.functions.activations.record import (
    ActivationFunction,
    Monotonicity,
    Parameter,
    ParameterFault,
    Traits,
    always,
)


def clip(m: Any, z: Any, low: Any, high: Any) -> Any:
    """``z`` held between two numbers, nan staying nan."""
    return m.minimum(m.maximum(z, low), high) + 0.0


def _clip_traits(low: float, high: float) -> Traits:
    if low == high:
        return Traits(range=(low, high), lipschitz=0.0, monotonicity="constant", holds=True)
    return Traits(
        range=(low, high), lipschitz=1.0, monotonicity="increasing", hinges=(low, high), holds=True
    )


def _check_order(given: Mapping[str, Any]) -> Iterator[ParameterFault]:
    low, high = given["low"], given["high"]
    if low > high:
        message = f"'high' ({quote(high)}) is lower than 'low' ({quote(low)})"
        yield ParameterFault(("high",), message, "exchange the two")


def _leaky_relu_traits(slope: float) -> Traits:
    rising: Monotonicity = "increasing" if slope >= 0 else None
    return Traits(
        range=EVERYTHING if slope > 0 else (0.0, math.inf),
        lipschitz=max(1.0, abs(slope)),
        monotonicity=rising,
        hinges=(0.0,) if slope != 1 else (),
        turns=(0.0,) if slope < 0 else (),
    )


IDENTITY = ActivationFunction(
    name="identity",
    aliases=("linear",),
    formula="z",
    description="the pre-activation itself",
    source="Widrow, Hoff (1960), Adaptive switching circuits, IRE WESCON Convention Record 4",
    define=lambda _m, z: z,
    known=always(Traits(range=EVERYTHING, lipschitz=1.0, monotonicity="increasing", holds=True)),
    exact=True,
    piecewise_linear=True,
)

RELU = ActivationFunction(
    name="relu",
    aliases=("rectifier",),
    formula="max(0, z)",
    description="the rectifier: silent below 0, the identity above",
    source=(
        "Fukushima (1969), Visual feature extraction by a multilayered network of analog threshold "
        "elements, doi:10.1109/TSSC.1969.300225"
    ),
    define=lambda m, z: m.maximum(z, 0.0) + 0.0,
    known=always(
        Traits(
            range=(0.0, math.inf),
            lipschitz=1.0,
            monotonicity="increasing",
            hinges=(0.0,),
            holds=True,
        )
    ),
    exact=True,
    piecewise_linear=True,
)

STEP = ActivationFunction(
    name="step",
    aliases=("threshold", "heaviside"),
    formula="1 if z >= 0, else 0",
    description="the threshold unit: fires from 0 on",
    source=(
        "McCulloch, Pitts (1943), A logical calculus of the ideas immanent in nervous activity, "
        "doi:10.1007/BF02478259"
    ),
    define=lambda m, z: m.step(z),
    known=always(
        Traits(range=(0.0, 1.0), lipschitz=math.inf, monotonicity="increasing", hinges=(0.0,))
    ),
    exact=True,
    piecewise_linear=True,
)

SIGN = ActivationFunction(
    name="sign",
    formula="-1 if z < 0, 0 if z = 0, 1 if z > 0",
    description="the sign of z",
    source="ISO 80000-2:2019, Quantities and units, part 2: Mathematics (sgn)",
    define=lambda m, z: m.sign(z),
    known=always(
        Traits(range=(-1.0, 1.0), lipschitz=math.inf, monotonicity="increasing", hinges=(0.0,))
    ),
    exact=True,
    piecewise_linear=True,
)

ABS = ActivationFunction(
    name="abs",
    formula="|z|",
    description="the distance of z from 0",
    source="ISO 80000-2:2019, Quantities and units, part 2: Mathematics (absolute value)",
    define=lambda _m, z: abs(z),
    known=always(Traits(range=(0.0, math.inf), lipschitz=1.0, hinges=(0.0,), turns=(0.0,))),
    exact=True,
    piecewise_linear=True,
)

HARD_SIGMOID = ActivationFunction(
    name="hard-sigmoid",
    formula="min(max(z/6 + 1/2, 0), 1)",
    description="three straight lines shaped like the sigmoid: 0 up to -3, 1 from 3 on",
    source="Howard and others (2019), Searching for MobileNetV3, doi:10.1109/ICCV.2019.00140",
    define=lambda m, z: clip(m, z / 6 + 0.5, 0.0, 1.0),
    known=always(
        Traits(range=(0.0, 1.0), lipschitz=1 / 6, monotonicity="increasing", hinges=(-3.0, 3.0))
    ),
    exact=True,
    piecewise_linear=True,
)

HARD_TANH = ActivationFunction(
    name="hard-tanh",
    formula="min(max(z, -1), 1)",
    description="z held between -1 and 1",
    source="Collobert (2004), Large scale machine learning, thesis, Université Paris VI",
    define=lambda m, z: clip(m, z, -1.0, 1.0),
    known=always(_clip_traits(-1.0, 1.0)),
    exact=True,
    piecewise_linear=True,
)

RELU6 = ActivationFunction(
    name="relu6",
    formula="min(max(z, 0), 6)",
    description="z held between 0 and 6",
    source="Krizhevsky (2010), Convolutional deep belief networks on CIFAR-10",
    define=lambda m, z: clip(m, z, 0.0, 6.0),
    known=always(_clip_traits(0.0, 6.0)),
    exact=True,
    piecewise_linear=True,
)

LEAKY_RELU = ActivationFunction(
    name="leaky-relu",
    formula="z if z >= 0, else slope * z",
    description="a rectifier that leaks: below 0 a line of its own slope",
    source=(
        "Maas, Hannun, Ng (2013), Rectifier nonlinearities improve neural network acoustic models, "
        "ICML workshop on deep learning for audio, speech and language processing"
    ),
    parameters=(Parameter("slope", "the slope of the line below 0", check_number, 0.01),),
    define=lambda m, z, slope: m.where(z >= 0, z, slope * z),
    known=_leaky_relu_traits,
    exact=True,
    piecewise_linear=True,
)

CLIP = ActivationFunction(
    name="clip",
    formula="min(max(z, low), high)",
    description="z held between two numbers",
    source="ONNX operators, Clip, https://onnx.ai/onnx/operators/onnx__Clip.html",
    parameters=(
        Parameter("low", "the value of whatever is lower", check_number),
        Parameter("high", "the value of whatever is higher", check_number),
    ),
    check_together=_check_order,
    define=clip,
    known=_clip_traits,
    exact=True,
    piecewise_linear=True,
)
