"""``nnspec test``: a spec's examples and properties, tried; its mutants, noticed or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from nnspec.cli.arguments.options import (
    color_option,
    examples_option,
    form_option,
    limit_option,
    seed_option,
)
from nnspec.diagnostics.limits import Limits


@click.command("test")
@click.argument(
    "specs", nargs=-1, required=True, metavar="SPEC...", type=click.Path(allow_dash=True)
)
@click.option(
    "-k",
    "chosen",
    multiple=True,
    metavar="NAME",
    help="Only what has this in its name, such as 'never lowers'; may be repeated.",
)
@examples_option(10_000, "for each claim")
@seed_option
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Of processor time for the searches of one spec.",
)
@click.option(
    "--replay",
    metavar="JSON",
    help="Judge one property by this row alone, as a failure's last line gives it.",
)
@click.option("--mutants", is_flag=True, help="Ask which changes of the network nothing notices.")
@click.option(
    "--min-score",
    type=click.FloatRange(0, 100),
    help="Fail if fewer percent of the mutants are noticed; asks for --mutants.",
)
@click.option(
    "--max-mutants",
    type=click.IntRange(min=1),
    default=2_000,
    show_default=True,
    help="Of more mutants, an even selection is tried.",
)
@form_option("text", "json", "junit", "github", help="How to report.")
@click.option("-q", "--quiet", is_flag=True, help="As text, report failures and the count only.")
@color_option
@limit_option
def command(
    specs: Sequence[str], form: str, color: str, limits: Limits, *, quiet: bool, **options: Any
) -> int:
    """Try the examples and properties of specs.

    \b
    nnspec test specs/property-valuation.yaml
    nnspec test specs/ --mutants --min-score 90

    An example passes or fails. A property fails with the smallest counterexample found, or is not
    refuted: that is no proof. SPEC is a file, a folder, a glob in quotes, or - for standard input.
    The exit status is 5 if there was nothing to try.
    """
    from nnspec.cli.work.trial import Plan, run_specs

    if options["min_score"] is not None:
        options["mutants"] = True
    else:
        options["min_score"] = 0.0
    return run_specs(specs, Plan(**options), limits, form, color, quiet=quiet)
