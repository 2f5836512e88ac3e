"""What every way to evaluate a table gives."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.program.compiled import Ints

if TYPE_CHECKING:  # tables take as long to import as all the rest
    from nnspec.tables.cells.bound import Bound
    from nnspec.tables.errors import CellFault

Array: TypeAlias = NDArray[Any]

OnError: TypeAlias = Literal["fail", "null", "skip"]
"""What a row does that cannot be valued: fail the whole, be null, or be left out."""

OnRange: TypeAlias = Literal["warn", "fail", "null", "clip", "ignore"]
"""What a row does that holds a value outside its input's declared range."""


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What an evaluation gives.

    Parameters
    ----------
    values
        By neuron asked for: its outputs, shape (n_rows,).
    z
        By neuron asked for: its pre-activations, shape (n_rows,); empty unless asked for.
    bad
        Shape (n_rows,): rows in which some neuron of the network is not finite.
    culprits
        Shape (n_rows,): for a bad row, the unit that was the first; otherwise -1.
    """

    values: dict[str, Array]
    z: dict[str, Array]
    bad: NDArray[np.bool_]
    culprits: Ints

    @property
    def columns(self) -> dict[str, Array]:
        """Each neuron's outputs under its name, its pre-activations under ``NAME.z``."""
        columns: dict[str, Array] = {}
        for name, values in self.values.items():
            columns[name] = values
            if name in self.z:
                columns[f"{name}.z"] = self.z[name]
        return columns


@dataclass(frozen=True, slots=True)
class ValuedRows:
    """Some rows of a table with their values, and what is wrong with some of them.

    Parameters
    ----------
    bound
        What the inputs read.
    evaluated
        The values.
    bad
        Which rows cannot be valued.
    refused
        Which rows could be, but lie outside a declared range that is insisted on.
    overflows
        By row, the unit that was the first not to be finite.
    """

    bound: Bound
    evaluated: Evaluated
    bad: NDArray[np.bool_]
    refused: NDArray[np.bool_]
    overflows: Mapping[int, str]

    @property
    def absent(self) -> NDArray[np.bool_]:
        """Which rows have no values."""
        return self.bad | self.refused

    def faults(self) -> Iterator[CellFault]:
        """What is wrong with the absent rows, row by row; made one at a time."""
        return self.bound.faults(self.overflows, outside=bool(self.refused.any()))


class Valuing(Protocol):
    """A network, as far as rows are valued by it."""

    @property
    def evaluate_columns(self) -> Callable[..., Evaluated]:
        """Evaluates columns that have been read and checked."""

    def culprits(self, evaluated: Evaluated) -> dict[int, str]:
        """By bad row (from 0), the unit that was the first not to be finite."""


def value_rows(
    network: Valuing, bound: Bound, neurons: Sequence[str], on_range: OnRange, **options: Any
) -> ValuedRows:
    """Value rows that were read, values outside a declared range treated as ``on_range`` says.

    Parameters
    ----------
    options
        As for :meth:`nnspec.network.Network.evaluate_columns`.
    """
    values = bound.clipped().values if on_range == "clip" else bound.values
    evaluated = network.evaluate_columns(values, neurons, **options)
    bad = bound.bad | evaluated.bad
    refuses = on_range in ("fail", "null") and bound.n_outside > 0
    refused = bound.outside & ~bad if refuses else np.zeros_like(bad)
    return ValuedRows(bound, evaluated, bad, refused, network.culprits(evaluated))


@dataclass(frozen=True, eq=False)
class Results:
    """What an evaluation fills in: ``values`` and ``z`` with a row for each neuron asked for."""

    values: Array
    z: Array | None
    bad: NDArray[np.bool_]
    culprits: Ints

    @classmethod
    def empty(
        cls, n_neurons: int, n_rows: int, dtype: np.dtype[Any], *, pre_activations: bool
    ) -> Results:
        """Room for so many rows of the table."""
        shape = n_neurons, n_rows
        return cls(
            np.empty(shape, dtype),
            np.empty(shape, dtype) if pre_activations else None,
            np.zeros(n_rows, dtype=np.bool_),
            np.full(n_rows, -1, dtype=np.int64),
        )

    def by_name(self, names: Sequence[str]) -> Evaluated:
        """The same, each neuron by its name."""
        z = {} if self.z is None else dict(zip(names, self.z, strict=True))
        return Evaluated(dict(zip(names, self.values, strict=True)), z, self.bad, self.culprits)


def check_subnormals() -> None:
    """Warn where the process flushes subnormal numbers to 0, as a -ffast-math library makes it."""
    if np.float64(5e-324) * np.float64(1) == 0:
        warnings.warn(
            "this process flushes subnormal numbers to 0, so results may differ from the "
            "reference: some library in it was built with -ffast-math",
            RuntimeWarning,
            stacklevel=4,
        )
