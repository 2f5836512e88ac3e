"""What an input's value goes through before any synapse sees it: one record for each step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nnspec.functions.aggregations import Bounds
from nnspec.functions.expressions.arrays import arrays
from nnspec.functions.expressions.floats import FLOATS
from nnspec.functions.expressions.slopes import Sloped, Slopes, slope_of


@dataclass(frozen=True, slots=True, eq=False)
class TransformFunction:
    """One kind of step.

    Parameters
    ----------
    name
        Its name in a spec.
    formula
        The formula, in the value x.
    define
        ``define(m, x, *parameters)``: the definition, in the primitives of a reading ``m``
        (:mod:`nnspec.functions.expressions`).
    domain
        Lowest value it is defined for, and whether that value itself is excluded.
    hinges
        ``hinges(*parameters)``: each x where its slope jumps; on the pieces between, the slope only
        rises or only falls.
    """

    name: str
    formula: str
    define: Callable[..., Any]
    domain: tuple[float, bool] = (-math.inf, False)
    hinges: Callable[..., tuple[float, ...]] = lambda *_: ()

    def scalar(self, x: float, *parameters: float | None) -> float:
        """The reference."""
        value: float = self.define(FLOATS, x, *parameters)
        return value

    def vector(self, xp: Any, x: Any, *parameters: float | None) -> Any:
        """The same on a NumPy array, with NumPy passed in."""
        return self.define(arrays(xp), x, *parameters)

    def slopes(self, xp: Any, x: Any, *parameters: float | None) -> Any:
        """The slope at each element of a NumPy array; at a hinge, that of its right side."""
        m = arrays(xp)
        return slope_of(self.define(Slopes(m), Sloped(m, x, xp.ones_like(x)), *parameters))

    def slope_image(self, xp: Any, ends: Any, *parameters: float | None) -> tuple[Any, Any]:
        """The least and the greatest slope between the two rows of ``ends``, a NumPy array.

        The hull of the slopes at the ends and at the hinges between.
        """
        found = [*xp.broadcast_to(self.slopes(xp, ends, *parameters), ends.shape)]
        for hinge in self.hinges(*parameters):
            inside = (ends[0] < hinge) & (ends[1] > hinge)
            beyond = self.slopes(xp, xp.full(1, hinge), *parameters)
            found.append(xp.where(inside, beyond, found[0]))
        return xp.minimum.reduce(found), xp.maximum.reduce(found)

    def image(self, bounds: Bounds, *parameters: float | None) -> Bounds:
        """Interval of the result; every step is monotone, rising or falling."""
        floor = self.domain[0]
        ends = [self.scalar(max(end, floor), *parameters) for end in bounds]
        return min(ends), max(ends)


def _clip(m: Any, x: Any, low: Any, high: Any) -> Any:
    raised = x if low is None else m.maximum(x, low)
    return raised if high is None else m.minimum(raised, high)


_ALL = (
    TransformFunction(
        "standardize", "(x - mean) / deviation",
        lambda _m, x, mean, deviation: (x - mean) / deviation,
    ),
    TransformFunction(
        "rescale", "c + (x - a) / (b - a) · (d - c)",
        lambda _m, x, a, b, c, d: c + (x - a) / (b - a) * (d - c),
    ),
    TransformFunction("clip", "min(max(x, low), high)", _clip,
        hinges=lambda *ends: tuple(end for end in ends if end is not None),
    ),
    TransformFunction("log", "ln x", lambda m, x: m.log(x), (0.0, True)),
    TransformFunction("log1p", "ln(1 + x)", lambda m, x: m.log1p(x), (-1.0, True)),
    TransformFunction("sqrt", "√x", lambda m, x: m.sqrt(x), (0.0, False)),
)  # fmt: skip

TRANSFORMS: dict[str, TransformFunction] = {record.name: record for record in _ALL}
"""Every kind of transform by name."""
