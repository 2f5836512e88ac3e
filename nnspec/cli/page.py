"""``nnspec page``: a network as a page to play with."""

from __future__ import annotations

import click

from nnspec.cli.arguments.options import examples_option, limit_option, output_option
from nnspec.cli.arguments.specs import usable_spec
from nnspec.cli.arguments.tables import UserTable, paths_of, table_argument
from nnspec.cli.streams.output import write_whole
from nnspec.diagnostics.limits import Limits


@click.command("page")
@click.argument("spec", type=click.Path(allow_dash=True))
@output_option
@examples_option(2_000, "for each property whose state the page shows")
@table_argument
@limit_option
def command(
    spec: str, output: str | None, table: UserTable | None, max_examples: int,
    limits: Limits,
) -> None:  # fmt: skip
    """Write a page that shows a network at work: one file, no server, nothing fetched.

    \b
    nnspec page specs/property-valuation.yaml -o valuation.html
    nnspec page specs/property-valuation.yaml specs/data/king-county.csv -o valuation.html

    It has the diagram, a slider for every input, every neuron's value as the sliders move, why a
    neuron is what it is, each output's curve along each input, the examples and properties with
    their state, and the table's rows. Its link carries the sliders' state.
    """
    from nnspec.cli.work.spec_page import page_of

    page = page_of(usable_spec(spec, limits), table, max_examples)
    write_whole(output, page.encode(), [spec, *paths_of(table)], form="html")
