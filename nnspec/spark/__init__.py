"""Networks over frames of Apache Spark: each executor values its own rows.

``evaluate`` hands Spark a function from batches to batches (``mapInArrow``); the network is sent
to each executor once. Executors need nnspec with the extra ``spark``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, get_args

import polars as pl

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import did_you_mean, quote
from nnspec.evaluators.evaluated import OnError, OnRange
from nnspec.network import Network
from nnspec.spark.work import PartitionRequest, Work
from nnspec.tables.cells.columns import check_types, match_columns
from nnspec.tables.errors import MOST_LISTED, RequestError

_POLICIES = {
    "on_error": get_args(OnError),
    "on_range": get_args(OnRange),
    "dtype": ("float64", "float32"),
}


@dataclass(frozen=True, eq=False)
class Valued:
    """What :func:`evaluate` gives: a frame, and counters that fill as actions run.

    Parameters
    ----------
    frame
        The frame, lazy as every frame of Spark: the kept columns, then a column for each neuron.

    Notes
    -----
    Spark counts a row again whenever it computes it again: for each action on a frame that is not
    cached, and for each task that it repeats.
    """

    frame: Any
    _counters: Mapping[str, Any]

    @property
    def rows(self) -> int:
        """How many rows were read so far."""
        return int(self._counters["rows"].value)

    @property
    def bad(self) -> int:
        """How many of them could not be valued."""
        return int(self._counters["bad"].value)

    @property
    def outside(self) -> int:
        """How many held a value outside its input's declared range."""
        return int(self._counters["outside"].value)

    @property
    def faults(self) -> tuple[str, ...]:
        """Some of what made rows bad, each with its partition and its row within that."""
        return tuple(self._counters["faults"].value)


def evaluate(
    network: Network,
    dataframe: Any,
    *,
    neurons: str | Sequence[str] | None = None,
    keep: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
    on_error: OnError = "fail",
    on_range: OnRange = "warn",
    dtype: str = "float64",
) -> Valued:
    """Value every row of a frame of Apache Spark.

    Parameters
    ----------
    network
        The network.
    dataframe
        A ``pyspark.sql.DataFrame``. Columns are bound by name.
    neurons
        Whose values to give: names, ``"all"``, or None for the outputs.
    keep
        Columns to carry through; None for all of them.
    columns
        For some inputs, the column to read instead of the declared one.
    on_error
        What a bad row does: ``"fail"`` the job, have ``"null"`` for its values, or be left out
        (``"skip"``).
    on_range
        What a row does that holds a value outside a declared range: be valued and counted
        (``"warn"``), fail the job, have nulls, be moved into it (``"clip"``), or nothing.
    dtype
        ``"float64"`` or ``"float32"``.

    Raises
    ------
    CannotError
        If pyspark or pyarrow is not installed.
    TableError
        If columns are missing, or of a type that their input does not read.

    Notes
    -----
    The values are the same bits that :meth:`Network.evaluate` gives for the same row, however
    Spark cuts the frame up.
    """
    _check_libraries()
    _check_policies(on_error=on_error, on_range=on_range, dtype=dtype)
    request = PartitionRequest(
        columns=match_columns(network.spec.inputs, dataframe.columns, columns),
        keep=tuple(dataframe.columns if keep is None else keep),
        neurons=network.neuron_names(neurons),
        on_error=on_error,
        on_range=on_range,
        dtype=dtype,
    )
    _check_request(network, dataframe, request)
    context = dataframe.sparkSession.sparkContext
    counters = _counters(context)
    shared = context.broadcast(network)
    needed = dict.fromkeys([*request.columns.values(), *request.keep])
    chosen = dataframe.select(*[_quoted(name) for name in needed])
    work = Work(shared, request, counters)
    return Valued(chosen.mapInArrow(work, _schema(dataframe, request)), counters)


def _check_libraries() -> None:
    if any(find_spec(name) is None for name in ("pyspark", "pyarrow")):
        raise CannotError("this needs pyspark and pyarrow: pip install 'nnspec[spark]'")


def _check_policies(**given: str) -> None:
    for option, value in given.items():
        if value not in _POLICIES[option]:
            legal = ", ".join(map(repr, _POLICIES[option]))
            raise ValueError(f"{option} must be one of {legal}; given {value!r}")


def _check_request(network: Network, dataframe: Any, request: PartitionRequest) -> None:
    """Refuse, before any job runs, what no row could make good."""
    for name in request.keep:
        if name not in dataframe.columns:
            help_ = did_you_mean(name, dataframe.columns)
            raise RequestError(f"the frame has no column {quote(name)} to keep", help_)
        if name.casefold() in {neuron.casefold() for neuron in request.neurons}:
            raise RequestError(
                f"the kept column {quote(name)} has the name of an output",
                "rename it, or name in keep= the columns to carry through",
            )
    from pyspark.sql.pandas.types import to_arrow_schema

    read = dataframe.select(*[_quoted(name) for name in dict.fromkeys(request.columns.values())])
    empty = pl.from_arrow(to_arrow_schema(read.schema).empty_table())
    check_types(network.spec.inputs, request.columns, dict(pl.DataFrame(empty).schema))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _schema(dataframe: Any, request: PartitionRequest) -> Any:
    """The result's columns, as Spark describes them."""
    from pyspark.sql.types import DoubleType, FloatType, StructField, StructType

    number = DoubleType() if request.dtype == "float64" else FloatType()
    kept = [dataframe.schema[name] for name in request.keep]
    return StructType([*kept, *(StructField(name, number) for name in request.neurons)])


def _counters(context: Any) -> dict[str, Any]:
    from pyspark.accumulators import AccumulatorParam

    class FirstFaults(AccumulatorParam[list[str]]):
        """Keeps as many faults as messages list, whichever come first."""

        def zero(self, value: list[str]) -> list[str]:
            return []

        def addInPlace(self, value1: list[str], value2: list[str]) -> list[str]:  # noqa: N802
            return [*value1, *value2][:MOST_LISTED]

    numbers = {name: context.accumulator(0) for name in ("rows", "bad", "outside")}
    return {**numbers, "faults": context.accumulator([], FirstFaults())}
