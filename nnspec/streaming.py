"""A table through a network into a table, batch by batch, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

import numpy as np
import polars as pl

from nnspec.diagnostics.suggestions import did_you_mean, listed, nearest, quote
from nnspec.evaluators.evaluated import OnError, OnRange, ValuedRows, value_rows
from nnspec.network import Network
from nnspec.tables.cells.binding import bind
from nnspec.tables.errors import MOST_LISTED, CellFault, RequestError
from nnspec.tables.source import Batch, Selection, Source, frame_of


class Beside(Protocol):
    """What adds columns to the values of each batch."""

    @property
    def needed(self) -> Sequence[str]:
        """The neurons whose values it asks for."""

    @property
    def types(self) -> Mapping[str, pl.DataType]:
        """The columns that it adds, and their types."""

    def columns(self, inputs: Mapping[str, Any], values: Mapping[str, Any]) -> Sequence[pl.Series]:
        """These columns, from what the inputs read and the neurons' values."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of an evaluation.

    Parameters
    ----------
    columns
        The table's column that each input reads, by the input's name.
    keep
        Columns carried through: the table's name of each, by its name in the output.
    neurons
        Whose values to give.
    beside
        What adds columns to them that are not neurons' values.
    rename
        New names of some of them in the output.
    on_error
        What a row does that cannot be valued: fail the whole, be null, or be left out.
    on_range
        What a row does that holds a value outside its input's declared range.
    pre_activations, dtype, threads, fast
        As for :meth:`nnspec.network.Network.evaluate`.
    """

    columns: Mapping[str, str]
    keep: Mapping[str, str]
    neurons: tuple[str, ...]
    beside: Beside | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    pre_activations: bool = False
    on_error: OnError = "fail"
    on_range: OnRange = "warn"
    dtype: str = "float64"
    threads: int = 1
    fast: bool = False

    @property
    def output_names(self) -> dict[str, str]:
        """Each result's column in the output, by the result's name: ``NAME`` or ``NAME.z``."""
        names: dict[str, str] = {}
        for neuron in self.neurons:
            names[neuron] = self.rename.get(neuron, neuron)
            if self.pre_activations:
                names[f"{neuron}.z"] = f"{names[neuron]}.z"
        return names

    def check_names(self) -> None:
        """Refuse an output column that would stand twice.

        Raises
        ------
        RequestError
            If a kept column has the name of an output; it says how to rename either.
        """
        for name in self.rename:
            if name not in self.neurons:
                help_ = did_you_mean(name, self.neurons)
                raise RequestError(f"{quote(name)} is not among the outputs", help_)
        outputs = [*self.output_names.values(), *self._added]
        for name in outputs:
            if outputs.count(name) > 1:
                raise RequestError(f"two outputs would be named {quote(name)}", "rename another")
            if name in self.keep:
                raise RequestError(
                    f"the kept column {quote(name)} has the name of an output",
                    f"rename the column, --keep NEW={self.keep[name]}, or the output, "
                    f"--rename {name}=NEW",
                )

    def schema(self, source: Source) -> dict[str, pl.DataType]:
        """The output's columns and their types."""
        kept = source.kept_types(list(self.keep.values()))
        number = pl.Float64() if self.dtype == "float64" else pl.Float32()
        outputs: dict[str, pl.DataType] = dict.fromkeys(self.output_names.values(), number)
        return {name: kept[column] for name, column in self.keep.items()} | outputs | self._added

    @property
    def _added(self) -> dict[str, pl.DataType]:
        return {} if self.beside is None else dict(self.beside.types)


@dataclass(slots=True)
class Tally:
    """What happened to the rows of a table.

    Parameters
    ----------
    rows, written
        How many were read, and how many were written.
    bad, outside
        How many could not be valued, and how many held a value outside a declared range.
    faults, range_faults
        The first of what makes rows bad, or of what lies outside a range.
    """

    rows: int = 0
    written: int = 0
    bad: int = 0
    outside: int = 0
    faults: list[CellFault] = field(default_factory=list)
    range_faults: list[CellFault] = field(default_factory=list)


class TableSink(Protocol):
    """Where the valued rows go."""

    def write(self, frame: pl.DataFrame) -> None:
        """Take the next rows."""


class BadRowsError(Exception):
    """Rows cannot be valued, and the request was to fail then; the tally says which."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(f"{tally.bad} bad rows")
        self.tally = tally


def evaluate_stream(
    network: Network,
    source: Source,
    sink: TableSink,
    request: Request,
    *,
    on_fault: Callable[[CellFault], None] | None = None,
    on_batch: Callable[[Tally], None] | None = None,
) -> Tally:
    """Value every row of a table.

    Parameters
    ----------
    network
        The network.
    source
        The table.
    sink
        Where the valued rows go.
    request
        What is asked.
    on_fault
        Called with each fault of each bad row, in order.
    on_batch
        Called after each batch.

    Raises
    ------
    BadRowsError
        If rows cannot be valued and ``request.on_error`` is ``"fail"``, or rows are out of range
        and ``request.on_range`` is.
    TableError
        If the table itself cannot be read further.
    """
    tally = Tally()
    selection = Selection.of(network.spec.inputs, request.columns, tuple(request.keep.values()))
    failing = False
    for batch in source.batches(selection):
        valued = _value(network, batch, request)
        _count(tally, valued, request, on_fault)
        failing = failing or _fails(tally, request)
        if failing:
            if on_fault is None and len(tally.faults) >= MOST_LISTED:
                break
        else:
            frame = _output(batch, valued, request)
            tally.written += frame.height
            sink.write(frame)
        if on_batch is not None:
            on_batch(tally)
    if failing:
        raise BadRowsError(tally)
    return tally


def _fails(tally: Tally, request: Request) -> bool:
    fails_on_error = tally.bad > 0 and request.on_error == "fail"
    return fails_on_error or (tally.outside > 0 and request.on_range == "fail")


def _value(network: Network, batch: Batch, request: Request) -> ValuedRows:
    needed = () if request.beside is None else request.beside.needed
    return value_rows(
        network,
        bind(network.spec.inputs, batch.columns, request.columns, batch.first_row, batch.written),
        tuple(dict.fromkeys([*request.neurons, *needed])),
        request.on_range,
        pre_activations=request.pre_activations,
        dtype=request.dtype,
        threads=request.threads,
        fast=request.fast,
    )


def _count(
    tally: Tally,
    valued: ValuedRows,
    request: Request,
    on_fault: Callable[[CellFault], None] | None,
) -> None:
    bound = valued.bound
    tally.rows += bound.n_rows
    tally.bad += int(np.count_nonzero(valued.bad))
    if bound.n_outside and request.on_range != "ignore":
        tally.outside += int(np.count_nonzero(bound.outside))
        room = MOST_LISTED - len(tally.range_faults)
        tally.range_faults.extend(islice(bound.range_faults(), room))
    if not valued.absent.any():
        return
    room = MOST_LISTED - len(tally.faults)
    if on_fault is None:
        tally.faults.extend(islice(valued.faults(), room))
        return
    for place, fault in enumerate(valued.faults()):
        if place < room:
            tally.faults.append(fault)
        on_fault(fault)


def _output(batch: Batch, valued: ValuedRows, request: Request) -> pl.DataFrame:
    """The rows to be written: kept columns, then the outputs."""
    kept = [batch.kept[column].alias(name) for name, column in request.keep.items()]
    results = valued.evaluated.columns
    outputs = [pl.Series(column, results[name]) for name, column in request.output_names.items()]
    if request.beside is not None:
        read = valued.bound.clipped() if request.on_range == "clip" else valued.bound
        outputs += request.beside.columns(read.values, valued.evaluated.values)
    absent = valued.absent
    if not absent.any():
        return frame_of([*kept, *outputs])
    usable = pl.Series(~absent)
    outputs = [column.zip_with(usable, nulls_like(column)) for column in outputs]
    frame = frame_of([*kept, *outputs])
    return frame.filter(pl.Series(~valued.bad)) if request.on_error == "skip" else frame


def nulls_like(column: pl.Series) -> pl.Series:
    """A column of nulls of the same name, type and length."""
    return pl.Series(column.name, [None], dtype=column.dtype).new_from_index(0, len(column))


def kept_columns(asked: Sequence[str], header: Sequence[str]) -> dict[str, str]:
    """What ``--keep`` asks for: the table's name of each column, by its name in the output.

    Raises
    ------
    RequestError
        If the table has no such column, or one is asked for twice.
    """
    if list(asked) == ["all"] and "all" not in header:
        return {name: name for name in header}
    if ",".join(asked) in header:
        asked = [",".join(asked)]
    kept: dict[str, str] = {}
    for entry in asked:
        name, column = entry, entry
        if entry not in header and "=" in entry:
            name, _, column = entry.partition("=")
        if column not in header:
            near = nearest(column, header)
            legal = f"legal: {listed([quote(name) for name in header])}"
            help_ = legal if near is None else f"did you mean {quote(near)}?"
            raise RequestError(f"the table has no column {quote(column)} to keep", help_)
        if name in kept:
            raise RequestError(f"the column {quote(name)} is kept twice", "name it once")
        kept[name] = column
    return kept
