"""Where the units that a layer reads lie among the outputs of what came before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.program.compiled import Ints

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Holder:
    """The array that holds some units: the inputs', or a layer's outputs.

    Parameters
    ----------
    first_unit, n_units
        Which units it holds.
    rows
        The row of each of them; None where they stand in order.
    """

    first_unit: int
    n_units: int
    rows: Ints | None = None

    def rows_of(self, units: Ints) -> Ints:
        """The rows of some of its units."""
        local = units - self.first_unit
        return local if self.rows is None else self.rows[local]

    def is_whole(self, units: Ints) -> bool:
        """Whether the units are the array itself, row by row."""
        n = self.n_units
        return len(units) == n and n > 0 and bool((self.rows_of(units) == np.arange(n)).all())


@dataclass(frozen=True, eq=False)
class Part:
    """Sources that one holder has: their places among the sources, and their rows there."""

    holder: int
    places: Ints
    rows: Ints


@dataclass(frozen=True, eq=False)
class Sources:
    """A layer's sources, by holder.

    Parameters
    ----------
    n_units
        How many they are.
    parts
        Where they come from; one for each holder that has any.
    is_whole
        Whether they are one holder's array itself.
    """

    n_units: int
    parts: tuple[Part, ...]
    is_whole: bool

    @classmethod
    def find(cls, units: Ints, holders: Sequence[Holder]) -> Sources:
        """Look the units up."""
        starts = np.array([holder.first_unit for holder in holders])
        owners = np.searchsorted(starts, units, side="right") - 1
        parts = []
        for owner in np.unique(owners).tolist():
            places = np.flatnonzero(owners == owner)
            parts.append(Part(owner, places, holders[owner].rows_of(units[places])))
        whole = len(parts) == 1 and holders[parts[0].holder].is_whole(units)
        return cls(len(units), tuple(parts), whole)

    @property
    def holders(self) -> tuple[int, ...]:
        """The holders that have any."""
        return tuple(part.holder for part in self.parts)

    def gather(self, outputs: Sequence[Array | None], out: Array) -> Array:
        """Bring the sources together in an array of shape (n_units, width)."""
        for part in self.parts:
            out[part.places] = alive(outputs[part.holder])[part.rows]
        return out


def alive(array: Array | None) -> Array:
    """Outputs that have not been given back yet."""
    if array is None:
        raise RuntimeError("a layer's outputs were given back before their last use")
    return array
