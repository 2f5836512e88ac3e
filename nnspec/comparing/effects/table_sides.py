"""One network's side of a table: the columns that it reads, and what it makes of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnspec.comparing.effects.networks import Pair
from nnspec.evaluators.evaluated import ValuedRows, value_rows
from nnspec.network import Network
from nnspec.spec.inputs import number_of
from nnspec.spec.model import Input
from nnspec.tables.cells.binding import bind
from nnspec.tables.cells.columns import check_types, match_columns
from nnspec.tables.source import Batch, Selection, Source


@dataclass(frozen=True)
class TableSide:
    """A network, and the column that each of its inputs reads.

    An input that the other network lacks, and whose column the table lacks, keeps its stand-in.
    """

    network: Network
    columns: Mapping[str, str]

    @property
    def bound_inputs(self) -> list[Input]:
        """The inputs that read a column of the table."""
        return [item for item in self.network.spec.inputs if item.name in self.columns]

    def value(self, batch: Batch, outputs: Sequence[str]) -> ValuedRows:
        """What the network makes of a batch."""
        inputs = self.bound_inputs
        bound = bind(inputs, batch.columns, self.columns, batch.first_row, batch.written)
        values = dict(bound.values)
        for item in self.network.spec.inputs:
            if item.name not in self.columns:
                values[item.name] = np.full(batch.n_rows, number_of(item, None))
        return value_rows(self.network, replace(bound, values=values), outputs, "ignore")


def sides_of(pair: Pair, source: Source) -> tuple[TableSide, TableSide]:
    """Both networks, the old one first, and what each reads of a table.

    Raises
    ------
    TableError
        If the table lacks a column that one of them needs, or it is of a type that it cannot read.
    """
    return _side(pair.old, pair.new, source), _side(pair.new, pair.old, source)


def _side(network: Network, other: Network, source: Source) -> TableSide:
    """A network that reads its own columns, or the other's where the table lacks its own."""
    header = frozenset(source.header)
    also = {item.name: item.column_name for item in other.spec.inputs}
    inputs = [
        item for item in network.spec.inputs
        if item.column_name in header or item.name in also or item.missing is None
    ]  # fmt: skip
    rebind = {
        item.name: also[item.name] for item in inputs
        if item.column_name not in header and also.get(item.name) in header
    }  # fmt: skip
    columns = match_columns(inputs, source.header, rebind, source.place)
    if source.types is not None:
        check_types(inputs, columns, source.types, source.place)
    return TableSide(network, columns)


def selection_of(sides: Sequence[TableSide]) -> Selection:
    """The columns that networks read together; each input under a name of its own."""
    inputs: list[Input] = []
    columns: dict[str, str] = {}
    for place, side in enumerate(sides):
        for item in side.bound_inputs:
            name = f"{place}.{item.name}"
            inputs.append(replace(item, name=name))
            columns[name] = side.columns[item.name]
    return Selection.of(inputs, columns)
