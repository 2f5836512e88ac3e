"""Claims taken apart into statements, each about one row or about two that differ in one input.

A statement says by how much a row misses it: its *excess*, above 0 where it is violated. The same
formula serves arrays of a million rows and the 60-digit numbers that decide a near call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from nnspec.spec.linear import LinearInequality, parse_inequality, render_inequality
from nnspec.spec.model import (
    Claim,
    Independent,
    Interval,
    Linear,
    Lipschitz,
    Monotone,
    Ordered,
    Then,
)
from nnspec.views.numbers import number_text, pair_texts

Values: TypeAlias = Mapping[str, Any]
"""By name: inputs in the table's own units, neurons' outputs; floats, arrays or decimals."""

Number: TypeAlias = Callable[[float], Any]
"""Turns a number that the author wrote into the kind that values are of."""


@dataclass(frozen=True)
class Statement:
    """One thing that a claim says.

    Parameters
    ----------
    text
        What it says, in words.
    names
        Inputs and neurons it speaks of.
    axis
        The input in which two rows differ; None for a statement about one row.
    excess
        ``excess(number, first, second)``: by how much the values miss the statement; above 0 where
        they violate it. ``second`` is the row with more of ``axis``; for one row, the same row.
    said
        ``said(first, second)``: what the values are instead, in words.
    """

    text: str
    names: tuple[str, ...]
    axis: str | None
    excess: Callable[[Number, Values, Values], Any]
    said: Callable[[Values, Values], str]


def statements(claim: Claim) -> Iterator[Statement]:
    """Everything that a claim says, one by one, in its own order."""
    match claim:
        case Then(bounds=bounds):
            for name, bound in bounds.items():
                yield from within(name, bound)
        case Monotone(directions=directions):
            for name, inputs in directions.items():
                for axis, direction in inputs.items():
                    yield _monotone(name, axis, direction)
        case Independent(of=of):
            for name, inputs_ in of.items():
                for axis in inputs_:
                    yield _independent(name, axis)
        case Lipschitz(bounds=nested):
            for name, limits in nested.items():
                for axis, limit in limits.items():
                    yield _lipschitz(name, axis, limit)
        case Ordered(pairs=pairs):
            for smaller, greater in pairs:
                yield _ordered(smaller, greater)
        case Linear(inequalities=texts):
            for text in texts:
                yield from _linear(parse_inequality(text))


def within(name: str, bound: float | Interval) -> Iterator[Statement]:
    """A neuron's value lies in an interval, or is a number."""
    if not isinstance(bound, tuple):
        text = f"{name} is {number_text(bound)}"
        yield _side(name, text, bound, 1)
        yield _side(name, text, bound, -1)
        return
    low, high = bound
    if low is not None:
        yield _side(name, f"{name} is at least {number_text(low)}", low, -1)
    if high is not None:
        yield _side(name, f"{name} is at most {number_text(high)}", high, 1)


def _side(name: str, text: str, bound: float, sign: int) -> Statement:
    def excess(number: Number, first: Values, _: Values) -> Any:
        return (first[name] - number(bound)) * sign

    def said(first: Values, _: Values) -> str:
        value, limit = pair_texts(first[name], bound)
        relation = "above" if sign > 0 else "below"
        return f"{name} is {value}, {relation} {limit}"

    return Statement(text, (name,), None, excess, said)


def _monotone(name: str, axis: str, direction: str) -> Statement:
    sign = 1 if direction == "increasing" else -1
    never = "falls" if sign > 0 else "rises"

    def excess(_: Number, first: Values, second: Values) -> Any:
        return (first[name] - second[name]) * sign

    return Statement(
        f"{name} never {never} as {axis} rises", (name,), axis, excess, partial(_moves, name)
    )


def _independent(name: str, axis: str) -> Statement:
    def excess(_: Number, first: Values, second: Values) -> Any:
        return abs(second[name] - first[name])

    return Statement(
        f"{name} does not change with {axis}", (name,), axis, excess, partial(_moves, name)
    )


def _lipschitz(name: str, axis: str, bound: float) -> Statement:
    def excess(number: Number, first: Values, second: Values) -> Any:
        return abs(second[name] - first[name]) - number(bound) * (second[axis] - first[axis])

    def said(first: Values, second: Values) -> str:
        moved = number_text(abs(second[name] - first[name]))
        step = number_text(second[axis] - first[axis])
        limit = number_text(bound * (second[axis] - first[axis]))
        return f"{_moves(name, first, second)}: by {moved}, more than {limit} for {step} of {axis}"

    return Statement(
        f"{name} changes by at most {number_text(bound)} for each of {axis}",
        (name, axis), axis, excess, said,
    )  # fmt: skip


def _moves(name: str, first: Values, second: Values) -> str:
    before, after = pair_texts(first[name], second[name])
    way = "rises" if second[name] > first[name] else "falls"
    return f"{name} {way} from {before} to {after}"


def _ordered(smaller: str, greater: str) -> Statement:
    def excess(_: Number, first: Values, __: Values) -> Any:
        return first[smaller] - first[greater]

    def said(first: Values, _: Values) -> str:
        high, low = pair_texts(first[smaller], first[greater])
        return f"{smaller} is {high}, above {greater}, which is {low}"

    text = f"{smaller} never exceeds {greater}"
    return Statement(text, (smaller, greater), None, excess, said)


def _linear(claim: LinearInequality) -> Iterator[Statement]:
    if claim.relation in ("<=", "="):
        yield _linear_side(claim, 1)
    if claim.relation in (">=", "="):
        yield _linear_side(claim, -1)


def _linear_side(claim: LinearInequality, sign: int) -> Statement:
    def total(number: Number, values: Values) -> Any:
        result = number(claim.constant)
        for name, coefficient in claim.terms:
            result = result + number(coefficient) * values[name]
        return result

    def excess(number: Number, first: Values, _: Values) -> Any:
        return total(number, first) * sign

    text = render_inequality(claim)

    def said(first: Values, _: Values) -> str:
        left, relation, right = text.rpartition(f" {claim.relation} ")
        return f"{left} is {number_text(total(float, first))}, not {relation.strip()} {right}"

    return Statement(text, tuple(name for name, _ in claim.terms), None, excess, said)
