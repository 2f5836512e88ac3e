"""What an executor does with the batches of a partition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import polars as pl

from nnspec.diagnostics.suggestions import counted
from nnspec.evaluators.evaluated import OnError, OnRange, ValuedRows, value_rows
from nnspec.network import Network
from nnspec.tables.cells.binding import bind
from nnspec.tables.errors import MOST_LISTED, DataError


@dataclass(frozen=True, slots=True)
class PartitionRequest:
    """What each executor is to do."""

    columns: Mapping[str, str]
    keep: tuple[str, ...]
    neurons: tuple[str, ...]
    on_error: OnError
    on_range: OnRange
    dtype: str


@dataclass(frozen=True, eq=False)
class Work:
    """Values the batches of a partition.

    Parameters
    ----------
    shared
        The network, as Spark broadcasts it.
    request
        What is asked.
    counters
        Spark's accumulators: ``rows``, ``bad``, ``outside`` and ``faults``.
    """

    shared: Any
    request: PartitionRequest
    counters: Mapping[str, Any]

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        """The batches of a partition, valued."""
        network: Network = self.shared.value
        first_row = 1
        for batch in batches:
            yield self._value(network, batch, first_row)
            first_row += batch.num_rows

    def _value(self, network: Network, batch: Any, first_row: int) -> Any:
        request = self.request
        read = dict.fromkeys(request.columns.values())
        frame = pl.DataFrame(pl.from_arrow(batch.select(list(read))))
        bound = bind(network.spec.inputs, frame, request.columns, first_row)
        valued = value_rows(network, bound, request.neurons, request.on_range, dtype=request.dtype)
        self._count(valued)
        return _batch(batch, request, valued)

    def _count(self, valued: ValuedRows) -> None:
        self.counters["rows"].add(valued.bound.n_rows)
        if valued.bound.n_outside and self.request.on_range != "ignore":
            self.counters["outside"].add(int(np.count_nonzero(valued.bound.outside)))
        if not valued.absent.any():
            return
        faults = _faults(valued)
        self.counters["bad"].add(int(np.count_nonzero(valued.bad)))
        self.counters["faults"].add(faults)
        fails = (self.request.on_error == "fail" and valued.bad.any()) or (
            self.request.on_range == "fail" and valued.refused.any()
        )
        if fails:
            n_bad = int(np.count_nonzero(valued.absent))
            lines = [f"{counted(n_bad, 'row')} that cannot be valued, in one batch:"]
            raise DataError("\n  ".join([*lines, *faults]), (), n_bad)


def _faults(valued: ValuedRows) -> list[str]:
    """The first faults of a batch, each with its partition and its row within that."""
    from pyspark import TaskContext

    task = TaskContext.get()
    partition = 0 if task is None else task.partitionId()
    return [f"partition {partition}, {fault}" for fault in islice(valued.faults(), MOST_LISTED)]


def _batch(batch: Any, request: PartitionRequest, valued: ValuedRows) -> Any:
    """The rows of the result."""
    import pyarrow

    mask = valued.absent if valued.absent.any() else None
    columns = valued.evaluated.columns.values()
    outputs = [pyarrow.array(values, mask=mask) for values in columns]
    kept = [batch.column(batch.schema.get_field_index(name)) for name in request.keep]
    names = [*request.keep, *request.neurons]
    rows = pyarrow.RecordBatch.from_arrays([*kept, *outputs], names=names)
    if request.on_error == "skip" and valued.bad.any():
        return rows.filter(pyarrow.array(~valued.bad))
    return rows
