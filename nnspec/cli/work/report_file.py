"""What ``nnspec report`` does: try the claims, read the table once, write the file, judge."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nnspec import __version__
from nnspec.claims import Options, run_cases
from nnspec.cli.arguments.specs import load_network
from nnspec.cli.arguments.tables import UserTable
from nnspec.cli.streams.exit_status import FAULTY, FINE
from nnspec.cli.streams.output import write_whole
from nnspec.cli.streams.progress import Progress
from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import counted, did_you_mean, listed, printable, quote
from nnspec.network import Network
from nnspec.reporting import Asked, Content, Survey, report_html, survey_table
from nnspec.reporting.page import File
from nnspec.tables.errors import RequestError
from nnspec.tables.source import Source


def write_report(
    spec: str, table: UserTable | None, limits: Limits, options: Mapping[str, Any]
) -> int:
    """Write the report of a spec; give the exit status."""
    if table is None and options["targets"]:
        raise CannotError("--target is a column of a table: name the table after the spec")
    path = None if table is None else table.path
    if path == "-":
        raise CannotError("the report states the table's SHA-256, so standard input would be "
                          "needed twice: save the table to a file first")  # fmt: skip
    network = load_network(spec, limits)
    survey = None if table is None else _survey(network, table, options)
    search = Options(max_examples=options["max_examples"], seed=options["seed"])
    content = Content(
        release=__version__,
        spec=_file(spec),
        options=search,
        results=tuple(run_cases(network, options=search)),
        table=None if path is None else _file(path),
        survey=survey,
    )
    read = [path for path in (spec, path) if path is not None]
    write_whole(options["output"], report_html(network, content).encode(), read, form="html")
    return _judged(content)


def _survey(network: Network, table: UserTable, options: Mapping[str, Any]) -> Survey:
    with table.open() as source, Progress(quiet=options["quiet"]) as progress:
        columns = table.columns(network.spec, source)
        asked = Asked(columns, *targets_of(network, options["targets"], source))
        return survey_table(
            network, source, asked, on_batch=lambda n: progress.update(n, source.share_read)
        )


def targets_of(
    network: Network, asked: Sequence[str], source: Source
) -> tuple[dict[str, str], dict[tuple[str, ...], str]]:
    """The column that each neuron is compared with, and those that name one of several neurons.

    Raises
    ------
    RequestError
        If there is no such column, or it is not plain whose column it is.
    """
    found: dict[str, str] = {}
    classes: dict[tuple[str, ...], str] = {}
    for text in asked:
        neuron, separator, column = text.partition("=")
        if text in source.header or not separator:
            column = text
            if len(network.outputs) > 1:
                names = listed(network.outputs, 12)
                raise RequestError(f"{network.name} has several outputs: {names}",
                                   f"say which: --target OUTPUT={text}, or --target "
                                   f"OUTPUT,OUTPUT,…={text} if it names one of them")  # fmt: skip
            neuron = network.outputs[0]
        if column not in source.header:
            raise RequestError(f"the table has no column {quote(column)} to compare with",
                               did_you_mean(column, source.header))  # fmt: skip
        if "," in neuron:
            several = network.neuron_names(neuron.split(","))
            if several in classes:
                raise RequestError("the same neurons have two targets", "compare them with one")
            classes[several] = column
            continue
        (neuron,) = network.neuron_names([neuron])
        if neuron in found:
            raise RequestError(f"{quote(neuron)} has two targets", "compare it with one column")
        found[neuron] = column
    return found, classes


def _file(path: str) -> File:
    """A file's own name and SHA-256, read in pieces."""
    if path == "-":
        return File("standard input")
    with Path(path).open("rb") as file:
        return File(Path(path).name, hashlib.file_digest(file, "sha256").hexdigest())


def _judged(content: Content) -> int:
    """Say what failed, if anything did."""
    said = []
    if content.failed:
        said.append(f"{counted(len(content.failed), 'claim')} failed")
    if content.n_bad:
        said.append(f"{counted(content.n_bad, 'row')} could not be valued")
    if said:
        print(f"nnspec: {printable(', '.join(said))}; the report says why", file=sys.stderr)
    return FAULTY if said else FINE
