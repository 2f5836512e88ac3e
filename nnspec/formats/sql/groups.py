"""What a group makes of a layer's activations, in SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from nnspec.formats.sql.dialects import SETTLED
from nnspec.formats.sql.functions import SMALL, Functions
from nnspec.formats.sql.names import Names
from nnspec.formats.sql.terms import (
    DOUBLE,
    Term,
    absolute,
    add,
    case,
    cast,
    column,
    compare,
    divide,
    multiply,
    null,
    number,
    subtract,
)


@dataclass(frozen=True, slots=True)
class Stage:
    """One table of the WITH clause: all columns of the table before it, and some more."""

    name: str
    columns: list[tuple[str, Term]]


Member: TypeAlias = tuple[str, str]
"""A neuron's columns: of its activation, and of what the group makes of it."""


def _softmax(f: Functions, names: Names, layer: str, members: Sequence[Member]) -> list[Stage]:
    greatest, total = names.give(f"{layer}.max"), names.give(f"{layer}.total")
    powers = [names.give(f"{own}.exp") for _, own in members]
    shifted = [subtract(column(a), column(greatest)) for a, _ in members]
    return [
        Stage(f"{layer}.max", [(greatest, f.greatest([column(a) for a, _ in members]))]),
        Stage(
            f"{layer}.exp",
            [(power, f.exp_below(x)) for power, x in zip(powers, shifted, strict=True)],
        ),
        Stage(f"{layer}.total", [(total, reduce(add, map(column, powers)))]),
        Stage(
            layer,
            [
                (own, divide(column(power), column(total)))
                for power, (_, own) in zip(powers, members, strict=True)
            ],
        ),
    ]


def _normalize(f: Functions, names: Names, layer: str, members: Sequence[Member]) -> list[Stage]:
    total = names.give(f"{layer}.total")
    return [
        Stage(f"{layer}.total", [(total, reduce(add, [column(a) for a, _ in members]))]),
        Stage(layer, [(own, _share(f, column(a), column(total))) for a, own in members]),
    ]


def _share(f: Functions, a: Term, total: Term) -> Term:
    share = divide(a, total)
    if not f.dialect.raises:
        return case([(compare(total, "<>", 0.0), share)])
    size, whole = absolute(a), absolute(total)
    return case(
        [
            (compare(whole, "<", SMALL), null()),
            (compare(size, ">", multiply(number(SETTLED), whole)), null()),
            (
                compare(size, "<", multiply(number(SMALL), f.greatest([whole, number(1.0)]))),
                number(0.0),
            ),
        ],
        share,
    )


def _winner(f: Functions, names: Names, layer: str, members: Sequence[Member]) -> list[Stage]:
    greatest, first = names.give(f"{layer}.max"), names.give(f"{layer}.first")
    activations = [a for a, _ in members]
    # The first of equals wins: the first branch of a CASE that holds is taken.
    reaches = [
        (compare(column(a), "=", column(greatest)), number(float(at)))
        for at, a in enumerate(activations)
    ]
    columns = [
        (own, case([(compare(column(first), "=", float(at)), number(1.0))], number(0.0)))
        for at, (_, own) in enumerate(members)
    ]
    return [
        Stage(f"{layer}.max", [(greatest, f.greatest(list(map(column, activations))))]),
        Stage(f"{layer}.first", [(first, cast(case(reaches), DOUBLE))]),
        Stage(layer, [(own, cast(won, DOUBLE)) for own, won in columns]),
    ]


GROUP_WRITERS: dict[str, Callable[[Functions, Names, str, Sequence[Member]], list[Stage]]] = {
    "softmax": _softmax,
    "normalize": _normalize,
    "winner": _winner,
}
"""Every group by name."""
