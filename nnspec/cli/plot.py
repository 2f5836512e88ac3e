"""``nnspec plot``: response curves, maps of two inputs, where neurons fire."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import click

from nnspec.cli.arguments.options import limit_option
from nnspec.cli.arguments.specs import load_network
from nnspec.cli.arguments.tables import UserTable, paths_of, table_argument
from nnspec.cli.streams.output import form_of_ending, write_whole
from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import quote

if TYPE_CHECKING:
    from nnspec.network import Network

FORMATS = ("png", "svg", "pdf")


@click.command("plot")
@click.argument("spec", type=click.Path(allow_dash=True))
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="PNG, SVG or PDF, by its ending."
)
@click.option(
    "--map",
    "pair",
    metavar="INPUT,INPUT",
    help="A map over two inputs, such as area,distance, instead of curves.",
)
@click.option(
    "--firing", is_flag=True, help="Where each neuron fires over TABLE, instead of curves."
)
@click.option("--neuron", metavar="NAME", help="What to plot; default: the first output.")
@click.option("--given", metavar="NAME=VALUE,…", help="The row from which inputs are varied.")
@click.option(
    "--row",
    type=click.IntRange(min=1),
    help="The same, a row of TABLE, from 1.",
)
@table_argument
@limit_option
def command(
    spec: str, output: str, pair: str | None, neuron: str | None, table: UserTable | None,
    limits: Limits, *, firing: bool, **asked: Any,
) -> None:  # fmt: skip
    """Plot how a network responds.

    \b
    nnspec plot specs/property-valuation.yaml -o curves.svg specs/data/king-county.csv
    nnspec plot specs/property-valuation.yaml -o map.png --map area,distance

    Curves: one input varies, the others stay at a row, at a table's medians or at the middle of
    their ranges. A dashed line marks where a neuron bends. Needs: pip install 'nnspec[plot]'.
    """
    form = form_of_ending(output, FORMATS)
    network = load_network(spec, limits)
    figure = _figure(network, pair, neuron, table, asked, firing=firing)
    content = io.BytesIO()
    metadata = {"Date": None} if form == "svg" else {"CreationDate": None} if form == "pdf" else {}
    figure.savefig(content, format=form, dpi=150, metadata=metadata)
    write_whole(output, content.getvalue(), [spec, *paths_of(table)])


def _figure(
    network: Network, pair: str | None, neuron: str | None, table: UserTable | None,
    asked: dict[str, Any], *, firing: bool,
) -> Any:  # fmt: skip
    from nnspec.cli.arguments.rows import asked_row, table_columns
    from nnspec.plotting import base_of, plot_curves, plot_firing, plot_map

    if firing:
        if table is None:
            raise CannotError("--firing is about a table: name it after the spec")
        return plot_firing(network, table_columns(network.spec, table))
    row = columns = None
    if asked["given"] is not None or asked["row"] is not None:
        row = asked_row(network.spec, asked["given"], table, asked["row"])
    elif table is not None:
        columns = table_columns(network.spec, table)
    base = base_of(network, row, columns)
    name = network.outputs[0] if neuron is None else network.neuron_names([neuron])[0]
    if pair is None:
        return plot_curves(network, base, name)
    first, separator, second = pair.partition(",")
    if not separator:
        raise CannotError(f"--map takes two inputs, such as area,distance; given {quote(pair)}")
    return plot_map(network, base, name, first.strip(), second.strip())
