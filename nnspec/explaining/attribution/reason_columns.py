"""The strongest reasons beside each row of a table, batch by batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.explaining.attribution.amounts import Floats, amounts_of, seen_units
from nnspec.explaining.attribution.explainer import Explainer
from nnspec.streaming import nulls_like


class ReasonColumns:
    """Adds the strongest reasons for each output to a table: a :class:`nnspec.streaming.Beside`.

    Parameters
    ----------
    explainer
        The network, the baseline and the outputs.
    by
        Reasons over ``"neuron"`` or ``"input"``.
    top
        How many for each output.
    """

    def __init__(self, explainer: Explainer, by: str, top: int) -> None:
        self.base, self.top = explainer.base, top
        self.amounts = amounts_of(self.base, explainer.targets, by)
        self._several = len(explainer.targets) > 1

    @property
    def needed(self) -> tuple[str, ...]:
        """The outputs, and the neurons that their reasons are found from."""
        found = [neuron for amounts in self.amounts.values() for neuron in amounts.needed]
        return tuple(dict.fromkeys([*self.amounts, *found]))

    @property
    def types(self) -> dict[str, pl.DataType]:
        """The columns beside the outputs: each reason's name, then its amount."""
        return {
            name: kind
            for output, amounts in self.amounts.items()
            for i in range(self.top)
            for name, kind in zip(
                self._names(output, i), (pl.Enum(amounts.names), pl.Float64()), strict=True
            )
        }

    def _names(self, output: str, i: int) -> tuple[str, str]:
        which = f"{output}.reason_{i + 1}" if self._several else f"reason_{i + 1}"
        return which, f"{which}_amount"

    def columns(self, inputs: Mapping[str, Any], values: Mapping[str, Any]) -> list[pl.Series]:
        """For each row which reasons are the strongest, and how strong."""
        series = []
        seen = seen_units(self.base, inputs)
        for output, amounts in self.amounts.items():
            with np.errstate(all="ignore"):
                which, much = strongest(amounts(seen, values), self.top)
            names = pl.Series(amounts.names, dtype=pl.Enum(amounts.names))
            for i in range(self.top):
                name, amount = self._names(output, i)
                there = pl.Series(which[:, i] >= 0)
                # Null where there is no reason more.
                reasons = names.gather(np.maximum(which[:, i], 0)).alias(name)
                for column in (reasons, pl.Series(amount, much[:, i])):
                    series.append(column.zip_with(there, nulls_like(column)))
        return series


def strongest(amounts: Floats, top: int) -> tuple[NDArray[np.int64], Floats]:
    """The greatest amounts of each row: which, and how much; (n_rows, top) each, -1 for none."""
    n_names = amounts.shape[1]
    size = np.abs(np.where(np.isfinite(amounts), amounts, 0.0))
    order = np.argsort(-size, axis=1, kind="stable")[:, :top]
    much = np.take_along_axis(amounts, order, axis=1)
    which = np.where((much != 0) & np.isfinite(much), order, -1)
    if n_names < top:
        pad = ((0, 0), (0, top - n_names))
        which = np.pad(which, pad, constant_values=-1)
        much = np.pad(much, pad)
    return which, much
