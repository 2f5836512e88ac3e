"""Which z an activation can take where arithmetic raises errors, and how small it makes them.

Below the reach z counts as 0, above it the row is bad. Both follow from the activation's own
expression, looked at in stretches of some decades of z.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import Any

from nnspec.formats.sql.bounds import TINIEST, Bounds
from nnspec.formats.sql.dialects import LARGE, SETTLED, SMALL
from nnspec.formats.sql.narrowing import of_expression
from nnspec.functions.activations import ActivationFunction

WIDTH = 5
EXPONENTS = range(-290, 300, WIDTH)
SLACK = 1e-9
"""Powers of ten are rounded."""


@dataclass(frozen=True, slots=True)
class Decades:
    """The z of some decades, of either sign.

    Parameters
    ----------
    low, high
        The magnitudes of z.
    fits
        Whether no operation leaves the range there.
    least
        The least magnitude of a value there that is not 0.
    """

    low: float
    high: float
    fits: bool
    least: float


@dataclass(frozen=True, slots=True)
class Reach:
    """The magnitudes of z from ``low`` to ``high``.

    Parameters
    ----------
    low, high
        The ends; 0 and infinity where there is none.
    broken
        Whether operations leave the range between them too.
    stretches
        All stretches, those beyond the ends too.
    """

    low: float
    high: float
    broken: bool
    stretches: tuple[Decades, ...]

    def least(self, low: float, high: float) -> float:
        """The least magnitude, not 0, of the value of a z that has a magnitude between two."""
        met = [s.least for s in self.stretches if s.high >= low and s.low <= high and s.fits]
        # Below the first stretch, at most as many digits are lost as in it.
        shrunk = low / self.stretches[0].low if low < self.stretches[0].low else 1.0
        return max(min(met, default=TINIEST) * shrunk, TINIEST)


def reach_of(function: ActivationFunction, parameters: dict[str, Any]) -> Reach:
    """The reach of an activation."""
    return _reach(function, tuple(parameters.items()))


@cache
def _reach(function: ActivationFunction, parameters: tuple[tuple[str, Any], ...]) -> Reach:
    tree = function.tree(settled=True, **dict(parameters))
    stretches = tuple(_stretch(tree, 10.0**e, 10.0 ** (e + WIDTH)) for e in EXPONENTS)
    below = len(list(takewhile(lambda s: not s.fits, stretches)))
    above = len(list(takewhile(lambda s: not s.fits, reversed(stretches))))
    between = stretches[below : len(stretches) - above]
    return Reach(
        between[0].low if below and between else 0.0,
        between[-1].high if above and between else math.inf,
        not all(s.fits for s in between) or not between,
        stretches,
    )


def _stretch(tree: Any, low: float, high: float) -> Decades:
    signs = [Bounds(low, high, low, zero=False), Bounds(-high, -low, low, zero=False)]
    found = [_judge(tree, z) for z in signs]
    return Decades(low, high, all(fits for fits, _ in found), min(least for _, least in found))


def _judge(tree: Any, z: Bounds) -> tuple[bool, float]:
    """Whether no operation of such a z leaves the range, and the least of its values."""
    fits = True

    def see(operands: Sequence[Bounds], own: Bounds) -> None:
        nonlocal fits
        shrinks = own.least < SMALL * (1 - SLACK) and min(x.least for x in operands) >= SMALL
        if shrinks or own.least < 2 * TINIEST or own.most > LARGE * (1 + SLACK):
            fits = False

    value = of_expression(tree, {"z": z}, see)
    return fits and value.most <= SETTLED * (1 + SLACK), value.least
