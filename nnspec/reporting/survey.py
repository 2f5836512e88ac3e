"""One pass over a table, in batches: everything that a report says of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from nnspec.evaluators.evaluated import Evaluated
from nnspec.explaining.baselines import Middle
from nnspec.functions.aggregations import Bounds
from nnspec.network import Network
from nnspec.reporting.compared_columns import ClassTally, Miss, TargetTally
from nnspec.reporting.firing import FiringTally
from nnspec.reporting.inputs import InputTally
from nnspec.spec.inputs import cell_of, seen_of
from nnspec.spec.model import Value
from nnspec.tables.cells.binding import bind
from nnspec.tables.cells.bound import Bound
from nnspec.tables.errors import CellFault
from nnspec.tables.source import Batch, Selection, Source

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a table.

    Parameters
    ----------
    columns
        The table's column that each input reads, by the input's name.
    targets
        Columns to compare with, by the neuron that predicts them.
    classes
        Columns that name one of some neurons, by those: the greatest is to be the one.
    """

    columns: Mapping[str, str]
    targets: Mapping[str, str] = field(default_factory=dict)
    classes: Mapping[tuple[str, ...], str] = field(default_factory=dict)


@dataclass(slots=True)
class BadRows:
    """Rows that cannot be used for one reason.

    Parameters
    ----------
    first
        The first such cell, or row.
    count
        How many there are.
    """

    first: CellFault
    count: int = 0


class Survey:
    """What a table holds, and what a network makes of it.

    Attributes
    ----------
    rows, bad, outside
        How many rows there are, cannot be valued, and hold a value outside a declared range.
    """

    def __init__(self, network: Network, asked: Asked) -> None:
        self.network = network
        self.asked = asked
        self.rows = self.bad = self.outside = 0
        self.inputs = [InputTally(item) for item in network.spec.inputs]
        self.firing = FiringTally(network)
        self.targets = [TargetTally(name, column) for name, column in asked.targets.items()]
        self.classes = [ClassTally(names, column) for names, column in asked.classes.items()]
        self.middle = Middle(network.spec)
        self.reasons: dict[tuple[str, str, str], BadRows] = {}

    def add(self, bound: Bound, bad: NDArray[np.bool_], culprits: Mapping[int, str]) -> None:
        """Take the next rows but for the targets."""
        self.rows += bound.n_rows
        self.bad += int(np.count_nonzero(bad))
        self.outside += int(np.count_nonzero(bound.outside)) if bound.n_outside else 0
        for tally, column in zip(self.inputs, bound.columns, strict=True):
            tally.add(column, bound.values[column.input.name])
        self.firing.add(bound.values, ~bad)
        # The middle of the rows that the network can value.
        self.middle.add(replace(bound, bad=bad))
        if bad.any():
            for fault in bound.faults(culprits):
                self._blame(fault)

    def _blame(self, fault: CellFault) -> None:
        key = fault.column, fault.code, fault.reason
        self.reasons.setdefault(key, BadRows(fault)).count += 1

    def given(self, bound: Bound, row: int) -> dict[str, Value]:
        """What the inputs read in a row."""
        items = self.network.spec.inputs
        return {item.name: cell_of(item, float(bound.values[item.name][row])) for item in items}

    @property
    def spans(self) -> dict[str, Bounds]:
        """Between which values the rows kept each unit, as synapses see it."""
        found = {one.name: (one.least, one.greatest) for one in self.firing.neurons}
        for tally in self.inputs:
            if tally.item.type != "category":  # whose units are 0 and 1 whatever the table holds
                ends = [seen_of(tally.item, end)[tally.item.name]
                        for end in (tally.least, tally.greatest) if math.isfinite(end)]  # fmt: skip
                found[tally.item.name] = min(ends, default=math.inf), max(ends, default=-math.inf)
        return {name: span for name, span in found.items() if span[0] <= span[1]}

    def compare(self, batch: Batch, bound: Bound, found: Evaluated, good: Rows) -> None:
        """Take the next rows for what is compared with columns."""
        for target in self.targets:
            predicted = np.asarray(found.values[target.neuron])
            off = target.add(batch.columns[target.column], predicted, good)
            target.keep([
                Miss(bound.first_row + int(row), self.given(bound, int(row)), said, so)
                for row, said, so in off.tolist()
            ])  # fmt: skip
        for tally in self.classes:
            own = np.array([found.values[name] for name in tally.neurons], dtype=np.float64)
            wrong = tally.add(batch.columns[tally.column], own, good)
            tally.keep(
                tally.mistake(
                    bound.first_row + row, self.given(bound, row), answer, actual, own[:, row]
                )
                for row, answer, actual in wrong
            )


def survey_table(
    network: Network,
    source: Source,
    asked: Asked,
    *,
    on_batch: Callable[[int], None] | None = None,
) -> Survey:
    """Read a table once and keep what a report says of it.

    Parameters
    ----------
    network
        The network.
    source
        The table.
    asked
        What is asked of it.
    on_batch
        Called after each batch with how many rows are done.

    Raises
    ------
    TableError
        If the table cannot be read further.
    """
    survey = Survey(network, asked)
    inputs = network.spec.inputs
    selection = Selection.of(inputs, asked.columns)
    wanted = [c for c in dict.fromkeys(asked.targets.values()) if c not in selection.read]
    selection = replace(selection, numbers=(*selection.numbers, *wanted))
    texts = [c for c in dict.fromkeys(asked.classes.values()) if c not in selection.texts]
    selection = replace(selection, texts=(*selection.texts, *texts))
    classes = [name for names in asked.classes for name in names]
    neurons = network.neuron_names([*network.outputs, *asked.targets, *classes])
    for batch in source.batches(selection):
        bound = bind(inputs, batch.columns, asked.columns, batch.first_row, batch.written)
        found = network.evaluate_columns(bound.values, neurons)
        bad = bound.bad | found.bad
        survey.add(bound, bad, network.culprits(found))
        survey.compare(batch, bound, found, ~bad)
        if on_batch is not None:
            on_batch(survey.rows)
    return survey
