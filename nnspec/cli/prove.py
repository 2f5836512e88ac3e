"""``nnspec prove``: claims decided over the whole of the declared ranges."""

from __future__ import annotations

from collections.abc import Sequence

import click

from nnspec.cli.arguments.options import color_option, form_option, limit_option
from nnspec.diagnostics.limits import Limits


@click.command("prove")
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
@click.option(
    "--budget",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How much processor time a claim may take; it is undecided then.",
)
@form_option("text", "json", "junit", "github", help="How to report.")
@color_option
@limit_option
def command(
    specs: Sequence[str],
    chosen: tuple[str, ...],
    budget: float,
    form: str,
    color: str,
    limits: Limits,
) -> int:
    """Prove the properties of specs, and the ranges of their neurons.

    \b
    nnspec prove specs/property-valuation.yaml
    nnspec prove specs/property-valuation.yaml -k 'never lowers' --format json

    A claim is proved for every input of the declared ranges, refuted by a row, or undecided. Proved
    means: of the exact function of the weights as written. The exit status is 0 if all claims are
    proved, otherwise 1.
    """
    from nnspec.cli.work.proofs import prove_specs

    return prove_specs(specs, chosen, budget, limits, form, color)
