"""Reasons beside each row of a table, streamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from nnspec.evaluators.evaluated import Evaluated
from nnspec.explaining.attribution.columns import Amounts, Floats, amounts_of, seen_units
from nnspec.explaining.attribution.explainer import Explainer
from nnspec.network import Network
from nnspec.streaming import Request, TableSink, nulls_like
from nnspec.tables.source import Source


@dataclass(frozen=True)
class _Asked:
    """One output's reasons: how they are found, and the columns they fill."""

    amounts: Amounts
    which: tuple[str, ...]
    much: tuple[str, ...]


class ReasoningNetwork(Network):
    """A network whose evaluation gives reasons beside its outputs.

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
        self.spec = explainer.spec
        self.compiled = explainer.network.compiled
        self._plain = explainer.network
        self._explainer = explainer
        self._top = top
        several = len(explainer.targets) > 1
        self._asked = tuple(
            _Asked(
                amounts_of(explainer, output, by),
                tuple(f"{output}.reason_{i}" if several else f"reason_{i}" for i in _upto(top)),
                tuple(
                    f"{output}.reason_{i}_amount" if several else f"reason_{i}_amount"
                    for i in _upto(top)
                ),
            )
            for output in explainer.targets
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The outputs, then each one's reasons with their amounts."""
        reasons = [
            name
            for asked in self._asked
            for pair in zip(asked.which, asked.much, strict=True)
            for name in pair
        ]
        return (*self._explainer.targets, *reasons)

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """By column that names a reason: what its numbers stand for."""
        return {column: asked.amounts.names for asked in self._asked for column in asked.which}

    def schema(self, request: Request, source: Source) -> dict[str, pl.DataType]:
        """The output's columns and their types."""
        reasons = {column: pl.Enum(names) for column, names in self.names.items()}
        return request.schema(source) | reasons

    def evaluate_columns(
        self, columns: Mapping[str, Any], neurons: Sequence[str], **options: Any
    ) -> Evaluated:
        """The outputs, and for each row which reasons are the strongest, and how strong."""
        targets = self._explainer.targets
        needed = dict.fromkeys([*targets, *(n for a in self._asked for n in a.amounts.needed)])
        found = self._plain.evaluate_columns(columns, tuple(needed), **options)
        values = {name: found.values[name] for name in targets}
        seen = seen_units(self._explainer, columns)
        with np.errstate(all="ignore"):
            for asked in self._asked:
                which, much = strongest(asked.amounts(seen, found.values), self._top)
                for i in range(self._top):
                    values[asked.which[i]] = which[:, i].astype(np.float64)
                    values[asked.much[i]] = much[:, i]
        return Evaluated({n: values[n] for n in neurons}, {}, found.bad, found.culprits)


def _upto(top: int) -> range:
    return range(1, top + 1)


def strongest(amounts: Floats, top: int) -> tuple[Any, Floats]:
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


class ReasonSink:
    """Writes reasons by their names, before a sink that takes whole tables."""

    def __init__(self, network: ReasoningNetwork, sink: TableSink) -> None:
        self.sink = sink
        self.names = {
            column: pl.Series(column, names, dtype=pl.Enum(names))
            for column, names in network.names.items()
        }

    def write(self, frame: pl.DataFrame) -> None:
        """Take the next rows."""
        columns = {column.name: column for column in frame.get_columns()}
        for name, names in self.names.items():
            # There is no reason -1, and so none of that number.
            which = columns[name].cast(pl.UInt32, strict=False)
            columns[name] = names.gather(which)
            much = columns[f"{name}_amount"]
            columns[much.name] = much.zip_with(which.is_not_null(), nulls_like(much))
        self.sink.write(pl.DataFrame(columns))
