"""What an executor does with the batches of a partition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from nnspec.diagnostics.suggestions import counted
from nnspec.evaluators.evaluated import Evaluated
from nnspec.network import Network, result_columns
from nnspec.tables.cells.binding import bind
from nnspec.tables.cells.bound import Bound
from nnspec.tables.cells.faults import MOST_LISTED, overflow_fault
from nnspec.tables.errors import DataError


@dataclass(frozen=True, slots=True)
class Request:
    """What each executor is to do."""

    columns: Mapping[str, str]
    keep: tuple[str, ...]
    neurons: tuple[str, ...]
    on_error: str
    on_range: str
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
    request: Request
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
        values = bound.clipped().values if request.on_range == "clip" else bound.values
        evaluated = network.evaluate_columns(values, request.neurons, dtype=request.dtype)
        bad = bound.bad | evaluated.bad
        refuses = request.on_range in ("fail", "null")
        refused = bound.outside & ~bad if refuses else np.zeros_like(bad)
        self._count(network, bound, evaluated, bad, refused)
        return _batch(batch, request, evaluated, bad, refused)

    def _count(
        self, network: Network, bound: Bound, evaluated: Evaluated,
        bad: NDArray[np.bool_], refused: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        self.counters["rows"].add(bound.n_rows)
        if bound.n_outside and self.request.on_range != "ignore":
            self.counters["outside"].add(int(np.count_nonzero(bound.outside)))
        if not (bad.any() or refused.any()):
            return
        faults = _faults(network, bound, evaluated, refused)
        self.counters["bad"].add(int(np.count_nonzero(bad)))
        self.counters["faults"].add(faults)
        fails = (self.request.on_error == "fail" and bad.any()) or (
            self.request.on_range == "fail" and refused.any()
        )
        if fails:
            n_bad = int(np.count_nonzero(bad | refused))
            lines = [f"{counted(n_bad, 'row')} that cannot be valued, in one batch:"]
            raise DataError("\n  ".join([*lines, *faults]), (), n_bad)


def _faults(
    network: Network, bound: Bound, evaluated: Evaluated, refused: NDArray[np.bool_]
) -> list[str]:
    """The first faults of a batch, each with its partition and its row within that."""
    from pyspark import TaskContext

    task = TaskContext.get()
    partition = 0 if task is None else task.partitionId()
    found = [fault for _, fault in zip(range(MOST_LISTED), bound.faults(), strict=False)]
    for row, unit in network.culprits(evaluated).items():
        if not bound.bad[row] and len(found) < MOST_LISTED:
            found.append(overflow_fault(bound.first_row + row, unit))
    if refused.any():
        room = MOST_LISTED - len(found)
        found += [fault for _, fault in zip(range(room), bound.range_faults(), strict=False)]
    return [f"partition {partition}, {fault}" for fault in found]


def _batch(
    batch: Any, request: Request, evaluated: Evaluated,
    bad: NDArray[np.bool_], refused: NDArray[np.bool_],
) -> Any:  # fmt: skip
    """The rows of the result."""
    import pyarrow

    absent = bad | refused
    mask = absent if absent.any() else None
    outputs = [pyarrow.array(values, mask=mask) for values in result_columns(evaluated).values()]
    kept = [batch.column(batch.schema.get_field_index(name)) for name in request.keep]
    names = [*request.keep, *request.neurons]
    valued = pyarrow.RecordBatch.from_arrays([*kept, *outputs], names=names)
    if request.on_error == "skip" and bad.any():
        return valued.filter(pyarrow.array(~bad))
    return valued
