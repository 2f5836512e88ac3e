"""``nnspec sql``: a network as a query, to be run where the data are."""

from __future__ import annotations

import click

from nnspec.cli.arguments.options import limit_option, names_of, output_option
from nnspec.cli.arguments.specs import load_network
from nnspec.cli.streams.output import write_whole
from nnspec.diagnostics.limits import Limits

DIALECTS = ("duckdb", "postgres", "spark", "bigquery", "snowflake", "sqlite")


@click.command("sql")
@click.argument("spec", type=click.Path(allow_dash=True))
@click.option(
    "--dialect", type=click.Choice(DIALECTS), required=True, help="The engine that is to run it."
)
@click.option(
    "--table",
    default="data",
    show_default=True,
    metavar="NAME",
    help="The table that holds the rows, as the engine's SQL names it.",
)
@click.option(
    "--keep",
    callback=names_of,
    metavar="COLUMN,…",
    help="Carry columns of the table through; NEW=COLUMN renames one.",
)
@click.option(
    "--neurons",
    callback=names_of,
    metavar="NAME,…|all",
    help="Give these hidden neurons' values too, before the outputs.",
)
@output_option
@limit_option
def command(
    spec: str, dialect: str, table: str, keep: tuple[str, ...], neurons: tuple[str, ...],
    output: str | None, limits: Limits,
) -> None:  # fmt: skip
    """Write a network as a query in SQL that gives the same numbers.

    \b
    nnspec sql specs/property-valuation.yaml --dialect duckdb --table homes --keep id
    nnspec sql specs/iris.yaml --dialect postgres --table flowers --neurons all -o iris.sql

    A table of the WITH clause for each layer, a column for each neuron. A row that cannot be
    valued has NULL outputs, as with eval --on-error null. Needs: pip install 'nnspec[sql]'.
    """
    from nnspec.formats.sql import write_network

    network = load_network(spec, limits)
    hidden = network.neuron_names("all" if neurons == ("all",) else neurons)
    outputs = network.outputs
    text = write_network(
        network.compiled,
        dialect,
        table=table,
        neurons=[*(name for name in hidden if name not in outputs), *outputs],
        keep=dict(_renamed(entry) for entry in keep),
    )
    write_whole(output, text.encode(), [spec])


def _renamed(entry: str) -> tuple[str, str]:
    """``COLUMN``, or ``NEW=COLUMN``, as a new name and a column."""
    name, separator, column = entry.partition("=")
    return (name, column) if separator else (entry, entry)
