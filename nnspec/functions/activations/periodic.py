"""Sine and cosine."""

from __future__ import annotations

import math
from collections.abc import Callable

from nnspec.functions.activations.intervals import Interval, hull, intersection, outward
from nnspec.functions.activations.record import ActivationFunction, Traits, always
from nnspec.functions.expressions.floats import FLOATS

WHOLE: Interval = (-1.0, 1.0)
TURN = 2 * math.pi


def _image_of_wave(wave: Callable[[float], float], crest: float, interval: Interval) -> Interval:
    """Image of a wave whose crests lie at ``crest`` and every full turn from there."""
    low, high = interval
    if not high - low < TURN:
        return WHOLE
    greatest = 1.0 if _holds(interval, crest) else max(wave(low), wave(high))
    least = -1.0 if _holds(interval, crest + math.pi) else min(wave(low), wave(high))
    return intersection(outward(hull((least, greatest))), WHOLE)


def _holds(interval: Interval, phase: float) -> bool:
    """Whether an interval holds ``phase`` plus a whole number of turns, in doubt yes."""
    low, high = interval
    doubt = 1e-15 * (1 + max(abs(low), abs(high)))
    if doubt > TURN:
        return True
    turns = math.ceil((low - doubt - phase) / TURN)
    return phase + turns * TURN <= high + doubt


SIN = ActivationFunction(
    name="sin",
    formula="sin(z), z in radians",
    description="the sine",
    source=(
        "Sitzmann and others (2020), Implicit neural representations with periodic activation "
        "functions, doi:10.48550/arXiv.2006.09661"
    ),
    define=lambda m, z: m.sin(z),
    known=always(Traits(range=WHOLE, lipschitz=1.0)),
    image_override=lambda interval: _image_of_wave(FLOATS.sin, math.pi / 2, interval),
)

COS = ActivationFunction(
    name="cos",
    formula="cos(z), z in radians",
    description="the cosine",
    source=(
        "Rahimi, Recht (2007), Random features for large-scale kernel machines, "
        "Advances in Neural Information Processing Systems 20"
    ),
    define=lambda m, z: m.cos(z),
    known=always(Traits(range=WHOLE, lipschitz=1.0)),
    image_override=lambda interval: _image_of_wave(FLOATS.cos, 0.0, interval),
)
