"""The parts that generated functions are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nnspec.program.compiled import CompiledLayer
from nnspec.spec.model import Input
from nnspec.tables.cells.cell import read_cell
from nnspec.tables.cells.numbers import Refusal

_TERMS_OF_A_LINE = 32  # Python's parser nests long sums, and refuses to nest them too deep.


def compiled(lines: Sequence[str], bound: dict[str, Any]) -> Any:
    """The function ``value`` that some lines define, and what their names are bound to."""
    exec("\n".join(lines), bound)
    return bound["value"]


class UnusualError(ValueError):
    """A value that is left to the general path."""


def reader(one: Input) -> Callable[[object], float]:
    """What reads a value that is not simply the number that the input wants."""

    def read(value: object) -> float:
        found = read_cell(one, value, "typed")
        if isinstance(found, Refusal):
            raise UnusualError(found.reason)
        return found

    return read


def by_numpy(
    vector: Callable[..., Any], arguments: Sequence[Any], parameters: Mapping[str, Any]
) -> Callable[[list[float]], list[float]]:
    """A function of arrays as one of lists."""

    def apply(values: list[float]) -> list[float]:
        with np.errstate(all="ignore"):
            found: list[float] = vector(np, np.array(values), *arguments, **parameters).tolist()
        return found

    return apply


def column_wise(group: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A group's function, which takes a column for each row of the table, on a single column."""
    return lambda xp, a: group(xp, a[:, None])[:, 0]


def folded(name: str, terms: Sequence[str], operator: str) -> Iterator[str]:
    """Lines that bring terms together, one after the other."""
    yield f"{name} = " + operator.join(terms[:_TERMS_OF_A_LINE])
    for at in range(_TERMS_OF_A_LINE, len(terms), _TERMS_OF_A_LINE):
        yield f"{name} = " + operator.join([name, *terms[at : at + _TERMS_OF_A_LINE]])


def synapses_of(layer: CompiledLayer, row: int, *, dropping: bool) -> list[tuple[int, float]]:
    """A neuron's (source unit, weight), in order; those without effect may be dropped."""
    columns, weights = layer.weights.row(row)
    pairs = zip(layer.sources[columns].tolist(), weights.tolist(), strict=True)
    return [(source, weight) for source, weight in pairs if weight != 0 or not dropping]
