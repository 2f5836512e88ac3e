"""``nnspec page``: a network as a page to play with."""

from __future__ import annotations

import click

from nnspec.cli.arguments.options import limit_option
from nnspec.cli.arguments.tables import Reading, table_options
from nnspec.diagnostics.limits import Limits


@click.command("page")
@click.argument("spec", type=click.Path(allow_dash=True))
@click.option("-o", "--output", metavar="FILE", help="Write here; default: standard output.")
@click.option("--data", metavar="TABLE", help="A table whose rows can be picked and plotted.")
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    default=2_000,
    show_default=True,
    help="How many inputs to try for each property whose state the page shows.",
)
@table_options
@limit_option
def command(
    spec: str, output: str | None, data: str | None, max_examples: int, reading: Reading,
    limits: Limits,
) -> None:  # fmt: skip
    """Write a page that shows a network at work: one file, no server, nothing fetched.

    \b
    nnspec page specs/property-valuation.yaml -o valuation.html
    nnspec page specs/property-valuation.yaml --data specs/data/king-county.csv -o valuation.html

    It has the diagram, a slider for every input, every neuron's value as the sliders move, why a
    neuron is what it is, each output's curve along each input, the examples and properties with
    their state, and the table's rows. Its link carries the sliders' state.
    """
    from nnspec.cli.arguments.specs import check_spec
    from nnspec.cli.streams.output import write_whole
    from nnspec.cli.work.spec_page import page_of
    from nnspec.loading import usable

    loaded = usable(check_spec(spec, limits))
    page = page_of(loaded, reading.table(data), max_examples)
    write_whole(output, page.encode(), [path for path in (spec, data) if path is not None])
