"""``nnspec report``: what a reviewer files of a network."""

from __future__ import annotations

from typing import Any

import click

from nnspec.cli.arguments.options import examples_option, limit_option, output_option, seed_option
from nnspec.cli.arguments.tables import UserTable, table_argument
from nnspec.diagnostics.limits import Limits


@click.command("report")
@click.argument("spec", type=click.Path(allow_dash=True))
@output_option
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="COLUMN|OUTPUT[,OUTPUT…]=COLUMN",
    help="Compare an output with this column of TABLE; or the greatest of several outputs, if the "
    "column names one of them. May be repeated.",
)
@table_argument
@examples_option(10_000, "for each property")
@seed_option
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@limit_option
def command(spec: str, table: UserTable | None, limits: Limits, **options: Any) -> int:
    """Write what a reviewer files of a network: one HTML file, nothing fetched, no script.

    \b
    nnspec report specs/property-valuation.yaml -o report.html
    nnspec report specs/property-valuation.yaml specs/data/king-county.csv \\
        --target sale_price -o report.html

    It has the spec's identity, the diagram, every neuron in words, the matrices, the examples and
    properties with results; of a table where inputs left their ranges and how often neurons fired;
    with --target the fit and the ten largest errors explained. The same spec, table and options
    give the same bytes. Exit status 1: a claim failed, or a row could not be valued; the report
    is written all the same.
    """
    from nnspec.cli.work.report_file import write_report

    return write_report(spec, table, limits, options)
