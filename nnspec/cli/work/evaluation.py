"""What ``nnspec eval`` does: open the table and the output, evaluate, and say what was odd."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from nnspec.cli.arguments.rows import given_cells
from nnspec.cli.arguments.specs import load_network
from nnspec.cli.arguments.tables import UserTable
from nnspec.cli.streams.exit_status import FAULTY, FINE
from nnspec.cli.streams.progress import Progress
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import counted, printable, quote
from nnspec.network import Network
from nnspec.streaming import BadRowsError, Request, Tally, evaluate_stream, kept_columns
from nnspec.tables.errors import MOST_LISTED, CellFault, RequestError
from nnspec.tables.formats import BINARY
from nnspec.tables.memory.row import RowSource
from nnspec.tables.source import Source
from nnspec.tables.write.output import TableWriter, open_writer
from nnspec.tables.write.targets import open_target, same_file

RANGE_SHOWN = 3
"""How many values outside their range are shown when they only warn."""

ERROR_COLUMNS = ("row", "column", "value", "reason")

Options = Mapping[str, Any]


def evaluate_table(spec: str, table: str, limits: Limits, options: Options) -> int:
    """Run ``nnspec eval`` on a table; give its exit status."""
    network = load_network(spec, limits)
    given: UserTable = options["reading"].table(table)
    with given.open() as source:
        columns = given.columns(network.spec, source)
        return _evaluate(network, spec, source, columns, options)


def evaluate_given(spec: str, given: str, limits: Limits, options: Options) -> int:
    """Run ``nnspec eval`` on the row of ``--given``; give its exit status."""
    network = load_network(spec, limits)
    options["reading"].table(None)  # refuses options that say how a table is read
    cells, kind = given_cells(network.spec, given, "--given")
    row = {one.name: cells.get(one.name) for one in network.spec.inputs}
    source = RowSource(row, "--given", as_text=kind == "text")
    return _evaluate(network, spec, source, {name: name for name in row}, options)


def _evaluate(
    network: Network, spec: str, source: Source, columns: Mapping[str, str], options: Options
) -> int:
    request = _request(network, columns, source, options)
    writing = Writing(spec, request.schema(source), options)
    return stream_table(network, source, request, writing)


def _request(
    network: Network, columns: Mapping[str, str], source: Source, options: Options
) -> Request:
    request = Request(
        columns=columns,
        keep=kept_columns(options["keep"], source.header),
        neurons=_neurons(network, options["neurons"]),
        rename=options["rename"],
        on_error=options["on_error"],
        on_range=options["on_range"],
        pre_activations=options["pre_activations"],
        dtype=options["dtype"],
        threads=options["threads"],
        fast=options["fast"],
    )
    request.check_names()
    return request


def _neurons(network: Network, asked: Sequence[str]) -> tuple[str, ...]:
    """The hidden neurons asked for, in order of evaluation, then the outputs."""
    hidden = network.neuron_names("all" if list(asked) == ["all"] else asked)
    outputs = network.outputs
    return (*(name for name in hidden if name not in outputs), *outputs)


@dataclass(frozen=True, slots=True)
class Writing:
    """Where valued rows go.

    Parameters
    ----------
    spec
        The network's file, which must not be written over.
    schema
        The output's columns and their types.
    options
        What the command line says of the output.
    """

    spec: str
    schema: Mapping[str, pl.DataType]
    options: Options


@dataclass(frozen=True, slots=True)
class Rounding:
    """A writer that rounds the values of neurons, where that is asked for."""

    writer: TableWriter
    names: tuple[str, ...]
    decimals: int | None

    def write(self, frame: pl.DataFrame) -> None:
        """Write rows."""
        if self.decimals is not None:
            # A rounded -0.4 is 0 to a reader, not -0.
            rounded = [pl.col(name).round(self.decimals) + 0.0 for name in self.names]
            frame = frame.with_columns(rounded)
        self.writer.write(frame)


def stream_table(network: Network, source: Source, request: Request, writing: Writing) -> int:
    """Value a table and write it, and say what was odd; give the exit status."""
    options = writing.options
    errors, output = options["errors"], options["output"] or "-"
    if errors is not None and same_file(errors, output) and not Path(errors).is_char_device():
        message = f"{quote(errors)} is the file of the output and of --errors too"
        raise RequestError(message, "name two files")
    try:
        with (
            Progress(quiet=options["quiet"]) as progress,
            open_output(writing, request, source) as writer,
            open_errors(writing, source) as on_fault,
        ):
            tally = evaluate_stream(
                network,
                source,
                Rounding(writer, tuple(request.output_names.values()), options.get("decimals")),
                request,
                on_fault=on_fault,
                on_batch=lambda tally: progress.update(tally.rows, source.share_read),
            )
    except BadRowsError as error:
        say_failed(error.tally, request)
        return FAULTY
    if not options["quiet"]:
        say_odd(tally, request)
    return FINE


@contextmanager
def open_output(writing: Writing, request: Request, source: Source) -> Iterator[TableWriter]:
    """Where the valued rows go: a file, standard output, or a file that then goes there.

    What may still fail must leave nothing on standard output, so that its rows wait in a temporary
    file until the last of them is fine.
    """
    options, schema = writing.options, writing.schema
    target, form = options["output"], options["output_format"]
    settings: dict[str, Any] = {
        "inputs": [source.path, writing.spec],
        "escape_formulas": not options.get("raw_text", False),
    }
    may_fail = request.on_error == "fail" or request.on_range == "fail"
    if target not in (None, "-") or not may_fail:
        with open_writer(target, schema, form, **settings) as writer:
            yield writer
        return
    # An output that standard output could not take is refused now, not after an hour.
    open_target("-").abort()
    if form in BINARY and sys.stdout.isatty():
        raise RequestError(f"{form} is not for a terminal", "name a file: -o FILE")
    with TemporaryDirectory(prefix="nnspec-") as folder:
        waiting = Path(folder) / "output"
        with open_writer(waiting, schema, form or "csv", **settings) as writer:
            yield writer
        with waiting.open("rb") as rows:
            shutil.copyfileobj(rows, sys.stdout.buffer, 2**20)
            sys.stdout.buffer.flush()


@contextmanager
def open_errors(writing: Writing, source: Source) -> Iterator[Callable[[CellFault], None] | None]:
    """What takes each fault of a bad row: a CSV file, or nothing.

    It is written even when the evaluation fails, since it says why.
    """
    path = writing.options["errors"]
    if path is None:
        yield None
        return
    types: dict[str, pl.DataType] = {"row": pl.Int64(), "column": pl.String()}
    types |= {"value": pl.String(), "reason": pl.String()}
    rows: list[tuple[int, str, str, str]] = []
    raw = writing.options.get("raw_text", False)
    inputs = [source.path, writing.spec]
    with open_writer(path, types, "csv", inputs=inputs, escape_formulas=not raw) as writer:

        def flush() -> None:
            writer.write(pl.DataFrame(rows, schema=types, orient="row"))
            rows.clear()

        def take(fault: CellFault) -> None:
            rows.append((fault.row, fault.column, fault.value, fault.reason))
            if len(rows) >= 10_000:
                flush()

        failure: BadRowsError | None = None
        try:
            yield take
        except BadRowsError as error:
            failure = error
        flush()
    if failure is not None:
        raise failure


def say_failed(tally: Tally, request: Request) -> None:
    """Say which rows cannot be valued, and that nothing was written."""
    by_error = tally.bad > 0 and request.on_error == "fail"
    what = "that cannot be valued" if by_error else "outside the declared ranges"
    number = tally.bad if by_error else tally.outside
    faults = tally.faults if by_error else tally.range_faults
    _say(f"nothing was written: {counted(number, 'row')} {what}, of {tally.rows:,} read")
    _list(faults[:MOST_LISTED], number)
    mend = next((fault.help for fault in faults if fault.help), "")
    if mend:
        _say(f"help: {mend}", prefix="")
    policy = "--on-error null|skip" if by_error else "--on-range warn|null|clip"
    _say(f"help: {policy} goes on without such rows; --errors FILE lists them all", prefix="")


def say_odd(tally: Tally, request: Request) -> None:
    """Say what was odd about the rows that were written."""
    if tally.outside and request.on_range not in ("ignore", "fail"):
        done = {
            "warn": "valued all the same",
            "null": "with empty outputs",
            "clip": "moved to the ends of their ranges",
        }[request.on_range]
        _say(f"{counted(tally.outside, 'row')} outside the declared ranges, {done}")
        _list(tally.range_faults[:RANGE_SHOWN], tally.outside)
    if tally.bad:
        done = "left out" if request.on_error == "skip" else "with empty outputs"
        _say(f"{counted(tally.bad, 'row')} that could not be valued, {done}")
        _list(tally.faults[:RANGE_SHOWN], tally.bad)


def _list(faults: Sequence[CellFault], total: int) -> None:
    for fault in faults:
        _say(f"  {fault}", prefix="")
    if total > len(faults):
        _say(f"  … and {total - len(faults):,} more", prefix="")


def _say(text: str, prefix: str = "nnspec: ") -> None:
    print(prefix + printable(text), file=sys.stderr)
