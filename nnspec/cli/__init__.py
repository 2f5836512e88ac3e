"""The command line: one file for each verb, imported when it is used."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from nnspec.cli.arguments.version import version_option
from nnspec.cli.streams.exit_status import run_guarded
from nnspec.diagnostics.suggestions import did_you_mean, quote

VERBS: dict[str, str] = {
    "validate": "Check specs and report every fault with its place.",
    "eval": "Evaluate a network over a table.",
    "test": "Try the examples and properties of specs; ask which mutants nothing notices.",
    "prove": "Decide claims over the whole of the declared ranges: proved, or refuted by a row.",
    "explain": "Explain one row, neuron by neuron, or give reasons beside each row of a table.",
    "show": "Show a network: inputs, neurons as formulas, matrices.",
    "sql": "Write a network as a query in SQL.",
    "diff": "Compare two networks: what differs, and by how much outputs move.",
    "pack": "Move large weights from a spec into a file beside it.",
    "unpack": "Bring weights from files back into the spec.",
    "draw": "Draw a network: named neurons, and only the synapses that exist.",
    "page": "Write a page that shows a network at work: sliders, reasons, curves.",
    "serve": "Serve the page on this machine, reloading as the spec is saved.",
    "report": "Write what a reviewer files: claims, fit, ranges, the largest errors explained.",
    "plot": "Plot response curves, maps of two inputs, and where neurons fire.",
    "new": "Write a commented starter spec and a small table.",
    "activations": "List the activation functions with their formulas.",
    "rule": "Print the page of a diagnostic rule, such as NS301.",
    "schema": "Print the JSON Schema of the format.",
    "completion": "Print the completion script of a shell.",
}
"""Every verb and its one line of help; ``nnspec/cli/VERB.py`` holds its ``command``."""


SYNONYMS: dict[str, str] = {
    "evaluate": "eval", "predict": "eval", "run": "eval", "score": "eval", "apply": "eval",
    "check": "validate", "lint": "validate", "verify": "test",
    "why": "explain", "compare": "diff", "view": "show", "describe": "show", "print": "show",
    "diagram": "draw", "graph": "draw", "chart": "plot", "html": "page", "web": "serve",
    "init": "new", "create": "new", "rules": "rule", "help": "--help", "version": "--version",
}  # fmt: skip
"""What else people call a verb; a message names the verb."""


class _Verbs(click.Group):
    """Imports a verb's module only when the verb is called: ``--help`` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = import_module(f"nnspec.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            known = SYNONYMS.get(args[0].casefold())
            near = f"did you mean {quote(known)}?" if known else did_you_mean(args[0], VERBS)
            ctx.fail(f"no verb {quote(args[0])}; {near}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.command(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "Exit status: 0 fine; 1 the spec or the data has faults; 2 the command could not be "
        "carried out; 5 'test' found nothing to try; 130, 143, 141 a signal, or a reader "
        "that went away."
    ),
)
@version_option
def cli() -> None:
    """Neural networks as YAML that a colleague can read.

    \b
    nnspec validate specs/property-valuation.yaml
    nnspec eval specs/property-valuation.yaml homes.csv -o valued.csv
    """


def main() -> None:
    """Run the command line, and exit."""
    # NumPy's linear algebra would start a thread for each core, which costs more than a small
    # table; where rows are many, our own threads go over blocks of them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(run_guarded(cli))
