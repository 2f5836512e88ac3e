"""What ``nnspec explain`` does: find the row and the baseline, explain, and write it down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nnspec.cli.arguments.rows import asked_row, given_row
from nnspec.cli.arguments.specs import load_network
from nnspec.cli.arguments.tables import UserTable
from nnspec.cli.streams.exit_status import FAULTY, FINE
from nnspec.cli.streams.output import write_whole
from nnspec.cli.streams.terminal import hidden_escaped
from nnspec.cli.work.evaluation import Writing, stream_table
from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import quote
from nnspec.explaining import Baseline, Explainer, Explanation, zeros
from nnspec.explaining.attribution.reason_columns import ReasonColumns
from nnspec.explaining.baselines import Middle, middle_of_ranges
from nnspec.explaining.change.smallest import smallest_change
from nnspec.explaining.goals import parse_goal
from nnspec.explaining.render.change_text import render_change
from nnspec.explaining.render.html import render_html
from nnspec.explaining.render.markdown import render_markdown
from nnspec.explaining.render.text import render_text
from nnspec.network import Network
from nnspec.spec.model import Value
from nnspec.streaming import Request, kept_columns
from nnspec.tables.cells.binding import bind
from nnspec.tables.source import Selection

Options = Mapping[str, Any]

RENDERERS: dict[str, Callable[[Explanation], str]] = {
    "json": lambda explanation: hidden_escaped(explanation.to_json()) + "\n",
    "markdown": render_markdown,
    "html": render_html,
}


ENDINGS = {".json": "json", ".md": "markdown", ".html": "html", ".htm": "html"}
"""Formats that the name of an output says."""


def _form(options: Options) -> str:
    ending = Path(options["output"] or "").suffix.lower()
    form: str = options["form"] or ENDINGS.get(ending, "text")
    return form


def explain_row(spec: str, table: UserTable | None, limits: Limits, options: Options) -> int:
    """Explain one row, or find what would change it; give the exit status."""
    network = load_network(spec, limits)
    row = asked_row(
        network.spec, options["given"], table, options["row"], on_range=options["on_range"]
    )
    inputs = [spec] if table is None else [spec, table.path]
    if options["goal"] is not None:
        text, status = _change(network, row, options)
        write_whole(options["output"], text.encode(), inputs)
        return status
    baseline = _baseline(network, table, options["baseline"])
    explanation = Explainer(network, baseline, options["neurons"]).explain(row)
    form = _form(options)
    if form == "text":
        which = (
            "this row"
            if table is None or options["row"] is None
            else f"row {options['row']:,} of {table.path}"
        )
        text = render_text(explanation, which=which) + "\n"
    else:
        text = RENDERERS[form](explanation)
    write_whole(options["output"], text.encode(), inputs, form=form)
    return FINE


def _change(
    network: Network, row: Mapping[str, Value], options: Mapping[str, Any]
) -> tuple[str, int]:
    """What would change it, as text, and the exit status: 1 where nothing was found that does."""
    goal = parse_goal(options["goal"], network)
    names = network.inputs if options["change"] is None else options["change"]
    found = smallest_change(network, row, goal, names)
    text = render_change(network, found, _form(options))
    return text, FAULTY if found.reached is None else FINE


def explain_table(spec: str, table: UserTable, limits: Limits, options: Options) -> int:
    """Give the strongest reasons beside each row; give the exit status."""
    network = load_network(spec, limits)
    baseline = _baseline(network, table, options["baseline"])
    explainer = Explainer(network, baseline, options["neurons"])
    with table.open() as source:
        request = Request(
            columns=table.columns(network.spec, source),
            keep=kept_columns(options["keep"], source.header),
            neurons=explainer.targets,
            beside=ReasonColumns(explainer, options["by"], options["top"]),
            on_error=options["on_error"],
            on_range=options["on_range"],
        )
        request.check_names()
        writing = Writing(spec, request.schema(source), options)
        return stream_table(network, source, request, writing)


def _baseline(network: Network, table: UserTable | None, asked: str | None) -> Baseline:
    if asked is None:
        asked = "middle" if table is None else "mean"
    if asked == "middle":
        return middle_of_ranges(network.spec)
    if asked == "zeros":
        return zeros(network.spec)
    if asked != "mean":
        if not ("=" in asked or asked.lstrip().startswith("{")):
            raise CannotError(
                f"--baseline is middle, zeros, mean, or a row "
                f"such as area=2000,bedrooms=3; not {quote(asked)}"
            )
        return Baseline(given_row(network.spec, asked, "--baseline"), "the row of --baseline")
    if table is None:
        raise CannotError("--baseline mean is of a table: name the table after the spec")
    if table.path == "-":
        raise CannotError(
            "the middle of standard input would need it twice; save it, or give "
            "--baseline middle, zeros or a row"
        )
    middle = Middle(network.spec)
    with table.open() as source:
        columns = table.columns(network.spec, source)
        for batch in source.batches(Selection.of(network.spec.inputs, columns)):
            middle.add(bind(network.spec.inputs, batch.columns, columns, batch.first_row))
    return middle.baseline(table.path)
