"""``nnspec eval``: a table through a network."""

from __future__ import annotations

import sys
from typing import Any

import click

from nnspec.cli.arguments.options import limit_option, names_of, pairs_of
from nnspec.cli.arguments.tables import check_one_reader, table_options
from nnspec.diagnostics.limits import Limits
from nnspec.tables.formats import FORMATS


@click.command("eval")
@click.argument("spec", type=click.Path(allow_dash=True))
@click.argument(
    "table", default=None, required=False, metavar="[TABLE]", type=click.Path(allow_dash=True)
)
@click.option("--given", metavar="NAME=VALUE,…", help="Evaluate this row, in place of a table.")
@click.option("-o", "--output", metavar="FILE", help="Write here; the ending says the format.")
@click.option(
    "--keep",
    callback=names_of,
    metavar="COLUMN,…|all",
    help="Carry columns of the input through; NEW=COLUMN renames one.",
)
@click.option(
    "--neurons",
    callback=names_of,
    metavar="NAME,…|all",
    help="Give these hidden neurons' values too, before the outputs.",
)
@click.option("--pre-activations", is_flag=True, help="Give each neuron's z too, as NAME.z.")
@click.option(
    "--rename",
    multiple=True,
    callback=pairs_of,
    metavar="NEURON=NEW",
    help="Name an output's column otherwise; may be repeated.",
)
@table_options
@click.option(
    "--on-error",
    type=click.Choice(["fail", "null", "skip"]),
    default="fail",
    show_default=True,
    help="A row that cannot be valued fails the whole, has empty outputs, or is left out.",
)
@click.option(
    "--errors",
    metavar="FILE",
    help="Write each bad row's number, column, value and reason (CSV).",
)
@click.option(
    "--on-range",
    type=click.Choice(["warn", "fail", "null", "clip", "ignore"]),
    default="warn",
    show_default=True,
    help="What to do with a value outside its input's declared range.",
)
@click.option(
    "--dtype",
    type=click.Choice(["float64", "float32"]),
    default="float64",
    show_default=True,
    help="Precision: float64 is the reference, float32 trades digits for speed.",
)
@click.option(
    "--output-format",
    type=click.Choice(FORMATS),
    help="If the ending of the output does not say it.",
)
@click.option(
    "--raw-text",
    is_flag=True,
    help="Write kept text as it is, even where a spreadsheet would take it for a formula.",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Threads that evaluate; the results are the same bits for any number.",
)
@click.option(
    "--fast",
    is_flag=True,
    help="Quicker weighted sums (BLAS, fused multiply-add): the last bits may change.",
)
@click.option(
    "--round",
    "decimals",
    type=click.IntRange(0, 15),
    metavar="N",
    help="Round values of neurons to N decimals, for people; by default every digit is written.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress, and no counts of what was bad.")
@limit_option
def command(spec: str, table: str | None, given: str | None, limits: Limits, **options: Any) -> int:
    """Evaluate a network over a table, or of one row.

    \b
    nnspec eval specs/property-valuation.yaml homes.csv --keep id -o valued.csv
    nnspec eval specs/property-valuation.yaml --given area=3000,bedrooms=4,distance=2,age=120
    cat homes.csv | nnspec eval specs/property-valuation.yaml > valued.csv

    TABLE is CSV, Parquet, NDJSON, Arrow IPC or Excel; without one, or with -, CSV comes from
    standard input. Columns are bound by name. The output appears whole or not at all.
    """
    from nnspec.cli.work.evaluation import evaluate_given, evaluate_table

    if given is not None:
        if table is not None:
            raise click.UsageError("--given is a row already; leave out the table")
        return evaluate_given(spec, given, limits, options)
    if table is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise click.UsageError("name a table, or pipe one in")
        table = "-"
    check_one_reader(spec, table)
    return evaluate_table(spec, table, limits, options)
