"""``nnspec validate``: every fault of a spec, with its place."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from nnspec.cli.arguments.options import color_option, form_option, limit_option
from nnspec.cli.arguments.specs import checked_specs, found_specs
from nnspec.cli.streams.exit_status import FAILED, FAULTY, FINE
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import counted


@click.command("validate")
@click.argument(
    "specs", nargs=-1, required=True, metavar="SPEC...", type=click.Path(allow_dash=True)
)
@form_option("text", "json", "sarif", "github", help="How to report.")
@click.option("--strict", is_flag=True, help="Warnings fail, too.")
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="How many diagnostics to print as text; all are counted.",
)
@color_option
@limit_option
def command(
    specs: Sequence[str], form: str, strict: bool, most: int, color: str, limits: Limits
) -> int:
    """Check specs and report every fault with its place.

    \b
    nnspec validate specs/property-valuation.yaml
    nnspec validate --strict --format github specs/

    SPEC is a file, a folder (every YAML file under it that has an 'nnspec:' key or whose name ends
    in .nnspec.yaml), a glob in quotes, or - for standard input.
    """
    from nnspec.cli.reporters.diagnostics import REPORTERS, report_text, summary

    judged = [one for _, one in checked_specs(found_specs(specs), limits)]
    loaded = [one for one in judged if one is not None]
    diagnostics = [diagnostic for one in loaded for diagnostic in one.diagnostics]
    counts = summary(diagnostics, len(loaded))
    if form == "text":
        report_text(diagnostics, sys.stdout, color, most)
        if loaded:
            print(_counted(counts))
    else:
        text = REPORTERS[form](diagnostics, len(loaded))
        if text:
            print(text)
    if len(loaded) < len(judged):
        return FAILED
    return FAULTY if counts["errors"] or (strict and counts["warnings"]) else FINE


def _counted(counts: dict[str, int]) -> str:
    files = counted(counts["files"], "spec")
    if not counts["errors"] and not counts["warnings"]:
        return f"{files}: no faults"
    said = [counted(counts[key], key[:-1]) for key in ("errors", "warnings") if counts[key]]
    return f"{files}: {' and '.join(said)}"
