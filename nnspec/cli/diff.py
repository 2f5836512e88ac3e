"""``nnspec diff``: what differs between two specs, and what that does to the outputs."""

from __future__ import annotations

from typing import Any

import click

from nnspec.cli.arguments.options import examples_option, form_option, limit_option, seed_option
from nnspec.cli.arguments.tables import Reading, format_options, one_table
from nnspec.diagnostics.limits import Limits


@click.command("diff")
@click.argument("files", nargs=-1, required=True, metavar="OLD NEW [TABLE]", type=click.Path())
@click.option("--data", metavar="TABLE", hidden=True)
@form_option("text", "json", "markdown", help="How to report; markdown is for a review comment.")
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="An output that moves by no more than this counts as not moved.",
)
@seed_option
@examples_option(10_000, "in search of the largest changes")
@click.option(
    "--top",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="How many of the table's rows that move most to list, for each output.",
)
@click.option(
    "--exit-code/--no-exit-code",
    default=None,
    help="Whether to exit with 1 where the networks differ; not so when git calls, by default.",
)
@format_options
@limit_option
def command(
    files: tuple[str, ...], data: str | None, reading: Reading, limits: Limits, **options: Any
) -> int:
    """Compare two networks: what differs, by name, and by how much the outputs move.

    \b
    nnspec diff old.yaml new.yaml
    nnspec diff old.yaml new.yaml homes.csv --format markdown

    OLD and NEW are spec files; - is standard input, and /dev/null a spec that does not exist. With
    TABLE (CSV, Parquet, NDJSON, Arrow IPC or Excel) the outputs are compared over it too.
    Exit status: 0 if no output moves by more than the tolerance, whatever else differs; 1 if one
    does, if an output came or went, or if the outputs cannot be compared and more than texts
    differs; 2 if the specs or the table cannot be read. As GIT_EXTERNAL_DIFF, with git's seven
    arguments, it exits with 0.
    """
    from nnspec.cli.work.comparison import run_diff

    table = one_table(files[2] if len(files) == 3 else None, data)
    specs = files[:2] if len(files) == 3 else files
    return run_diff(specs, limits, {**options, "table": reading.table(table)})
