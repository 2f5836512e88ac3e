"""``nnspec sql``: a network as a query, to be run where the data are."""

from __future__ import annotations

import click

from nnspec.cli.arguments.options import limit_option
from nnspec.diagnostics.limits import Limits

DIALECTS = ("duckdb", "postgres", "spark", "bigquery", "snowflake", "sqlite")


@click.command("sql")
@click.argument("spec", type=click.Path())
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
    default="",
    metavar="COLUMN,…",
    help="Carry columns of the table through; NEW=COLUMN renames one.",
)
@click.option(
    "--neurons",
    default="",
    metavar="NAME,…|all",
    help="Give these hidden neurons' values too, before the outputs.",
)
@click.option("-o", "--output", metavar="FILE", help="Write here; default: standard output.")
@limit_option
def command(
    spec: str, dialect: str, table: str, keep: str, neurons: str, output: str | None, limits: Limits
) -> None:
    """Write a network as a query in SQL that gives the same numbers.

    \b
    nnspec sql specs/property-valuation.yaml --dialect duckdb --table homes --keep id
    nnspec sql specs/iris.yaml --dialect postgres --table flowers --neurons all -o iris.sql

    A table of the WITH clause for each layer, a column for each neuron. A row that cannot be
    valued has NULL outputs, as with eval --on-error null. Needs: pip install 'nnspec[sql]'.
    """
    from nnspec.formats.sql import write_network
    from nnspec.network import load

    network = load(spec, limits)
    asked = [name for name in neurons.split(",") if name]
    hidden = network.neuron_names("all" if asked == ["all"] else asked)
    outputs = network.outputs
    text = write_network(
        network.compiled,
        dialect,
        table=table,
        neurons=[*(name for name in hidden if name not in outputs), *outputs],
        keep=dict(_pair(entry) for entry in keep.split(",") if entry),
    )
    _write(text, output, spec)


def _pair(entry: str) -> tuple[str, str]:
    """``COLUMN``, or ``NEW=COLUMN``, as a new name and a column."""
    name, separator, column = entry.partition("=")
    return (name, column) if separator else (entry, entry)


def _write(text: str, output: str | None, spec: str) -> None:
    from nnspec.tables.write.targets import open_target

    target = open_target("-" if output is None else output, [spec])
    try:
        target.write(text.encode())
        target.commit()
    except BaseException:
        target.abort()
        raise
