"""Claims as what bounds decide: rows that are to be at least 0, and slopes between two limits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from nnspec.claims.domain import Axis, Domain
from nnspec.claims.statements import Statement, statements
from nnspec.diagnostics import CannotError
from nnspec.proving.chains import Floats
from nnspec.proving.terms import as_fraction, fraction_ends
from nnspec.spec.model import Independent, Lipschitz, Monotone, Property

MOST_BOXES = 4096
"""The most combinations of categories that are looked at one by one."""


@dataclass(frozen=True)
class Demand:
    """One statement of a claim.

    Parameters
    ----------
    statement
        The statement.
    terms
        Of a statement about one row: by name, the factor of a sum that is never to be below 0.
    constant
        The sum's constant.
    axis
        Of a statement about slopes: the input; None otherwise.
    limits
        The least and the greatest slope allowed.
    """

    statement: Statement
    terms: Mapping[str, float]
    constant: float = 0.0
    axis: str | None = None
    limits: tuple[float, float] = (-math.inf, math.inf)


def demands(claim: Property) -> Iterator[Demand]:
    """The statements of a claim, in their order."""
    for statement in statements(claim.claim):
        if statement.axis is None:
            yield _sum(statement)
        else:
            name = statement.names[0]
            limits = _limits(claim, name, statement.axis)
            yield Demand(statement, {name: 1.0}, axis=statement.axis, limits=limits)


def _sum(statement: Statement) -> Demand:
    """A statement about one row misses its mark by a sum of values: its factors, exactly."""
    zero = dict.fromkeys(statement.names, Fraction(0))
    constant = statement.excess(Fraction, zero, zero)
    terms = {}
    for name in zero:
        one = {**zero, name: Fraction(1)}
        terms[name] = float(constant - statement.excess(Fraction, one, one))
    return Demand(statement, terms, -float(constant))


def _limits(item: Property, name: str, axis: str) -> tuple[float, float]:
    """Between which slopes a claim about two rows holds."""
    match item.claim:
        case Monotone(directions=directions):
            rising = directions[name][axis] == "increasing"
            return (0.0, math.inf) if rising else (-math.inf, 0.0)
        case Lipschitz(bounds=bounds):
            return -float(bounds[name][axis]), float(bounds[name][axis])
        case Independent():
            return 0.0, 0.0
    raise TypeError(f"{item.claim!r} is no claim about two rows")


@dataclass(frozen=True, eq=False)
class Box:
    """Least and greatest values of the inputs' units, and which of them are whole numbers."""

    low: Floats
    high: Floats
    whole: np.ndarray


def boxes(domain: Domain) -> list[Box]:
    """The domain as boxes of the inputs' units: one for each combination of categories.

    Raises
    ------
    CannotError
        If an input has an open side, is transformed, or there are too many combinations.
    """
    choices = [_choices(axis) for axis in domain.axes]
    if math.prod(len(choice) for choice in choices) > MOST_BOXES:
        raise CannotError(f"there are more than {MOST_BOXES:,} combinations of categories")
    found = []
    for combination in product(*choices):
        ends = [end for part in combination for end in part]
        low, high, whole = (np.array([end[i] for end in ends]) for i in range(3))
        found.append(Box(low.astype(np.float64), high.astype(np.float64), whole.astype(np.bool_)))
    return found


def _choices(axis: Axis) -> list[list[tuple[float, float, bool]]]:
    """What the units of an input may be: of a category, one of them is 1."""
    if axis.codes:
        n = len(axis.input.units)
        return [
            [(float(i == code), float(i == code), True) for i in range(n)] for code in axis.codes
        ]
    if any(axis.open_sides):
        raise CannotError(f"input {axis.name} has no declared range on one side")
    if axis.input.transforms:
        kind = axis.input.transforms[0].kind
        raise CannotError(f"input {axis.name} is transformed by {kind}, not bounded yet")
    low, high = fraction_ends(as_fraction(axis.low))[0], fraction_ends(as_fraction(axis.high))[1]
    return [[(low, high, axis.whole)]]


def row_of(domain: Domain, x: Floats) -> dict[str, object]:
    """A point of the inputs' units as a row of the user's table."""
    row: dict[str, object] = {}
    at = 0
    for axis in domain.axes:
        n = len(axis.input.units)
        number = float(np.argmax(x[at : at + n])) if axis.codes else float(x[at])
        row[axis.name] = axis.value(float(axis.hold(np.array([number]))[0]))
        at += n
    return row
