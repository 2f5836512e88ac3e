"""What is known of an activation function: one frozen record for each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias

from nnspec.functions.activations.intervals import (
    EVERYTHING,
    LARGEST,
    NOTHING,
    Interval,
    hull,
    intersection,
    outward,
    value_towards,
)
from nnspec.functions.expressions.arrays import arrays
from nnspec.functions.expressions.floats import FLOATS
from nnspec.functions.expressions.slopes import Sloped, Slopes
from nnspec.functions.expressions.trees import TREES, variable

Z = variable("z")

Monotonicity: TypeAlias = Literal["increasing", "decreasing", "constant"] | None
"""Which way a function goes, never strictly; None where it goes both ways."""


class ParameterFault(NamedTuple):
    """What is wrong with a parameter: its path in the activation's map, message and help."""

    path: tuple[str | int, ...]
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number, or list of numbers, that an activation takes besides z.

    Parameters
    ----------
    name
        Its name in a spec.
    description
        What it does, for the reference and for messages.
    check
        Yields the faults of a value given for it.
    default
        The value where none is given; None where one must be given.
    convert
        Brings a faultless value to the form that the functions take: floats, tuples.
    """

    name: str
    description: str
    check: Callable[[str, Any], Iterator[ParameterFault]]
    default: float | None = None
    convert: Callable[[Any], Any] = float


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of an activation once its parameters are.

    Parameters
    ----------
    range
        The least interval that holds every value; an open end is counted in.
    lipschitz
        Smallest L with abs(f(u) - f(v)) <= L abs(u - v) over the domain; infinite where none is.
    monotonicity
        Which way it goes over its domain.
    domain
        Interval of the z it is defined for; elsewhere it is nan.
    hinges
        Each z where the function or its slope jumps.
    turns
        Each z where it turns from rising to falling or back; between them it is monotone.
    slope_turns
        Each z where its slope turns likewise, between which the slope is monotone; None where they
        are not known.
    holds
        Whether it gives z itself, held to its range, and nothing else.
    """

    range: Interval
    lipschitz: float
    monotonicity: Monotonicity = None
    domain: Interval = EVERYTHING
    hinges: tuple[float, ...] = ()
    turns: tuple[float, ...] = ()
    slope_turns: tuple[float, ...] | None = None
    holds: bool = False


def always(traits: Traits) -> Callable[[], Traits]:
    """The traits of a function without parameters."""
    return lambda: traits


def _no_faults(_parameters: Mapping[str, Any]) -> Iterator[ParameterFault]:
    return iter(())


@dataclass(frozen=True, slots=True, eq=False)
class ActivationFunction:
    """An activation function: the definition, its fast twin, and what is proved of it.

    ``**parameters`` below are all of the function's parameters, checked and completed by
    :func:`nnspec.functions.activations.with_defaults`.

    Parameters
    ----------
    name
        Its name in a spec.
    formula
        The formula, in z.
    description
        What it is, in one line.
    source
        The paper or standard that defines it.
    define
        ``define(m, z, **parameters)``: the definition, in the primitives of a reading ``m``
        (:mod:`nnspec.functions.expressions`). All else that computes it is derived.
    known
        ``known(**parameters)``: the traits.
    aliases
        Other names that a spec may use.
    parameters
        Its parameters.
    check_together
        Yields the faults of parameters that are faultless each by itself.
    exact
        Whether ``scalar`` itself, rounding and all, is monotone between the turns.
    in_double
        Whether arrays of float32 are taken through in float64, for parameters or steps that
        float32 cannot tell apart.
    piecewise_linear
        Whether it is made of straight pieces, with jumps or without.
    settled
        The same definition for engines in which an overflow, or an underflow, is an error: of
        operations that leave the range of doubles only where z is very large or very small.
        None where that is true of ``define`` itself.
    instead
        What to take where there are no words for it, as a sentence begins.
    image_override
        ``image_override(interval, **parameters)`` where turns do not tell the image.
    """

    name: str
    formula: str
    description: str
    source: str
    define: Callable[..., Any]
    known: Callable[..., Traits]
    aliases: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    check_together: Callable[[Mapping[str, Any]], Iterator[ParameterFault]] = _no_faults
    exact: bool = False
    in_double: bool = False
    piecewise_linear: bool = False
    settled: Callable[..., Any] | None = None
    instead: str = ""
    image_override: Callable[..., Interval] | None = None

    def scalar(self, z: float, **parameters: Any) -> float:
        """The reference: the value at z; nan outside the domain, infinity on overflow."""
        value: float = self.define(FLOATS, z, **parameters)
        return value

    def derivative(self, z: float, **parameters: Any) -> float:
        """The slope at a finite z; at a hinge, that of its right side."""
        sloped = self.define(Slopes(FLOATS), Sloped(FLOATS, z, 1.0), **parameters)
        return float(sloped.slope)

    def slopes(self, xp: Any, z: Any, **parameters: Any) -> Any:
        """The slope at each element of an array of float64, with ``numpy`` passed in."""
        m = arrays(xp)
        return self.define(Slopes(m), Sloped(m, z, xp.ones_like(z)), **parameters).slope

    def tree(self, z: Any = Z, *, settled: bool = False, **parameters: Any) -> Any:
        """The definition as an expression, for whoever writes it in another language.

        ``settled`` where that language raises an error on an overflow or an underflow.
        """
        define = self.settled if settled and self.settled is not None else self.define
        return define(TREES, z, **parameters)

    def vector(self, xp: Any, z: Any, **parameters: Any) -> Any:
        """Apply the function to each element of an array, keeping its shape and dtype.

        Parameters
        ----------
        xp
            The ``numpy`` module: this package itself never imports it.
        z
            Array of any shape, float32 or float64.

        Notes
        -----
        The bits of an element depend on nothing but that element. NumPy takes another path, with
        other last bits, through an array whose elements are not side by side: hence the copy of
        such arrays. In float64 the values are within 1e-13 relative of ``scalar``'s, and the same
        bits where the function is ``piecewise_linear``.
        """
        z = xp.asarray(z, order="C")
        if not self.in_double:
            return self.define(arrays(xp), z, **parameters)
        wide = z.astype(xp.float64, copy=False)
        return self.define(arrays(xp), wide, **parameters).astype(z.dtype, copy=False)

    def image(self, interval: Interval, **parameters: Any) -> Interval:
        """Interval that holds the value of every z of an interval inside the domain.

        It is the hull of the function's values, a few units in the last place wider where
        rounding may carry a value beyond them; (nan, nan) where no z is inside the domain.
        """
        if self.image_override is not None:
            return self.image_override(interval, **parameters)
        traits = self.known(**parameters)
        low, high = intersection(interval, traits.domain)
        if not low <= high:
            return NOTHING
        function = partial(self.scalar, **parameters)
        turns = [z for z in traits.turns if low < z < high]
        values = hull(value_towards(function, z) for z in (low, *turns, high))
        return intersection(values if self.exact else outward(values), traits.range)

    def range(self, **parameters: Any) -> Interval:
        """The least interval that holds every value."""
        return self.known(**parameters).range

    def domain(self, **parameters: Any) -> Interval:
        """Interval of the z it is defined for."""
        return self.known(**parameters).domain

    def monotonicity(self, **parameters: Any) -> Monotonicity:
        """Which way it goes over its domain, never strictly."""
        return self.known(**parameters).monotonicity

    def lipschitz(self, **parameters: Any) -> float:
        """Smallest Lipschitz constant over its domain; infinite where there is none."""
        return self.known(**parameters).lipschitz

    def hinges(self, **parameters: Any) -> tuple[float, ...]:
        """Each z where the function or its slope jumps."""
        return self.known(**parameters).hinges

    def jumps(self, **parameters: Any) -> bool:
        """Whether its value jumps at its hinges: straight pieces that are steep without limit."""
        return self.piecewise_linear and math.isinf(self.lipschitz(**parameters))

    def is_identity(self, **parameters: Any) -> bool:
        """Whether it gives every z as it is."""
        traits = self.known(**parameters)
        return traits.holds and traits.range == EVERYTHING

    def held(self, **parameters: Any) -> Interval | None:
        """The two numbers between which it holds z, where that is all that it does."""
        traits = self.known(**parameters)
        return traits.range if traits.holds else None

    def is_always_finite(self, **parameters: Any) -> bool:
        """Whether it is finite wherever z is."""
        ends = self.image((-LARGEST, LARGEST), **parameters)
        return self.domain(**parameters) == EVERYTHING and all(map(math.isfinite, ends))

    def fires(self, xp: Any, z: Any, **parameters: Any) -> Any:
        """Where an activation that is ever silent is not, of an array of z: where it is above 0.

        At its hinge a rectifier is silent still, and a step fires.
        """
        return self.vector(xp, z, **parameters) > 0

    def silent_up_to(self, **parameters: Any) -> float | None:
        """The hinge up to which it is silent, at 0, and above which it rises; None of others."""
        traits = self.known(**parameters)
        hinges = traits.hinges if self.piecewise_linear else ()
        if not hinges or traits.monotonicity != "increasing" or traits.range[0] != 0:
            return None
        return min(hinges) if self.scalar(-LARGEST, **parameters) == 0 else None
