"""What every way to evaluate a table gives."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.program.compiled import Ints

Array: TypeAlias = NDArray[Any]


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
