"""``nnspec explain``: why a network says what it says, and what would change it."""

from __future__ import annotations

from typing import Any

import click

from nnspec.cli.arguments.options import limit_option
from nnspec.cli.arguments.tables import Reading, check_one_reader, table_options
from nnspec.diagnostics.limits import Limits
from nnspec.tables.formats import FORMATS


def _names(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(name.strip() for name in value.split(","))


@click.command("explain")
@click.argument("spec", type=click.Path(allow_dash=True))
@click.argument("table", required=False, metavar="[TABLE]", type=click.Path(allow_dash=True))
@click.option("--row", type=click.IntRange(min=1), help="Explain this row of TABLE, from 1.")
@click.option("--given", metavar="NAME=VALUE,…", help="Explain this row.")
@click.option(
    "--baseline",
    metavar="ROW|mean|middle|zeros",
    help="Compare with a row (NAME=VALUE,… or JSON), the mean of TABLE, the middle of each range, "
    "or zeros. By default the mean of TABLE if there is one, the middle of ranges otherwise.",
)
@click.option(
    "--neurons",
    callback=_names,
    metavar="NAME,…",
    help="Give reasons for these neurons instead of the outputs.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "html"]),
    help="How to write the explanation of one row, if the ending of the output does not say it.",
)
@click.option("-o", "--output", metavar="FILE", help="Write here.")
@click.option(
    "--goal",
    metavar="CLAIM",
    help="Find the smallest change that reaches this, such as 'price<=900000'.",
)
@click.option("--target", metavar="CLAIM", hidden=True)
@click.option("--change", callback=_names, metavar="INPUT,…", help="With --goal: what may change.")
@click.option(
    "--top",
    type=click.IntRange(min=1, max=100),
    default=3,
    show_default=True,
    help="For a whole table: how many reasons for each output.",
)
@click.option(
    "--by",
    type=click.Choice(["neuron", "input"]),
    default="neuron",
    show_default=True,
    help="For a whole table: reasons are what an output reads, or the network's inputs.",
)
@click.option(
    "--keep",
    callback=_names,
    default="all",
    show_default=True,
    metavar="COLUMN,…|all",
    help="For a whole table: carry these columns through; NEW=COLUMN renames one.",
)
@click.option(
    "--on-error",
    type=click.Choice(["fail", "null", "skip"]),
    default="fail",
    show_default=True,
    help="For a whole table: what a row does that cannot be valued, as for eval.",
)
@click.option("--errors", metavar="FILE", help="For a whole table: write each bad row's reason.")
@click.option(
    "--on-range",
    type=click.Choice(["warn", "fail", "null", "clip", "ignore"]),
    default="warn",
    show_default=True,
    help="What to do with a value outside its input's declared range.",
)
@table_options
@click.option(
    "--output-format",
    type=click.Choice(FORMATS),
    help="For a whole table: if the ending of the output does not say it.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress, and no counts of what was bad.")
@limit_option
def command(spec: str, table: str | None, reading: Reading, limits: Limits, **options: Any) -> int:
    """Explain one row, or give the strongest reasons beside each row of a table.

    \b
    nnspec explain specs/property-valuation.yaml homes.csv --row 17
    nnspec explain specs/property-valuation.yaml --given area=3000,bedrooms=4,distance=2,age=120
    nnspec explain specs/property-valuation.yaml homes.csv -o reasons.csv --top 3
    nnspec explain specs/property-valuation.yaml homes.csv --row 17 \\
        --goal 'price>=400000' --change area,bedrooms

    Amounts are measured from the baseline and add up to the output's difference from it.
    """
    if options["target"] is not None:
        click.echo("nnspec: --goal is what --target was called at first", err=True)
        options["goal"] = options["target"]
    check_one_reader(spec, table)
    from nnspec.cli.work.explanation import explain_row, explain_table

    if options["row"] is None and options["given"] is None:
        if table is None:
            raise click.UsageError("name a row: TABLE and --row, or --given; or a TABLE alone")
        if options["goal"] is not None:
            raise click.UsageError("--goal is about one row: add --row or --given")
        if options["form"] is not None:
            raise click.UsageError("--format is for one row; a table's ending says its format")
        return explain_table(spec, reading.table(table), limits, options)
    if options["output_format"] is not None:
        raise click.UsageError("--output-format is for a whole table; of one row, say --format")
    if options["change"] is not None and options["goal"] is None:
        raise click.UsageError("--change is what may change to reach a --goal")
    return explain_row(spec, reading.table(table), limits, options)
