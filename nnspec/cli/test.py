"""``nnspec test``: a spec's examples and properties, tried; its mutants, noticed or not."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from nnspec.cli.arguments.options import color_option, limit_option
from nnspec.cli.arguments.specs import check_spec, found_specs
from nnspec.cli.streams.exit_status import FAILED, FAULTY, FINE
from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import nearest, quote

if TYPE_CHECKING:
    from nnspec.claims import Case
    from nnspec.cli.reporters.tests import Report
    from nnspec.network import Network


@dataclass(frozen=True)
class Asked:
    """What the options ask for."""

    max_examples: int
    seed: int
    chosen: tuple[str, ...]
    replay: str | None
    mutants: bool
    max_mutants: int
    min_score: float


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
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="How many inputs to try for each claim.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="The start of chance.")
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
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit", "github"]),
    default="text",
    show_default=True,
    help="How to report.",
)
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
    """
    from nnspec.cli.reporters.tests import REPORTS

    if options["min_score"] is not None:
        options["mutants"] = True
    else:
        options["min_score"] = 0.0
    asked = Asked(**options)
    paths = list(found_specs(specs))
    if asked.replay is not None and len(paths) != 1:
        raise CannotError("--replay is about one spec; give that spec alone")
    report: Report = REPORTS[form](sys.stdout, color, quiet=quiet)
    run = _Run(asked, limits, report)
    for path in paths:
        run.spec(path)
    run.check_choice()
    report.close(seed=asked.seed, max_examples=asked.max_examples)
    if run.unreadable:
        return FAILED
    return FAULTY if run.faulty else FINE


class _Run:
    """One run over several specs."""

    def __init__(self, asked: Asked, limits: Limits, report: Report) -> None:
        self.asked = asked
        self.limits = limits
        self.report = report
        self.faulty = False
        self.unreadable = False
        self.n_chosen = 0
        self.seen: list[str] = []

    def spec(self, path: str) -> None:
        """Try one spec; a faulty one is reported, and the others go on."""
        try:
            loaded = check_spec(path, self.limits)
        except OSError as error:
            self.unreadable = True
            print(f"nnspec: {error.strerror or error}: {path}", file=sys.stderr)
            return
        if loaded.spec is None or not loaded.ok:
            self.faulty = True
            self.report.invalid(path, loaded.diagnostics)
            return
        from nnspec.claims import cases
        from nnspec.network import Network

        network = Network.from_checked(loaded.spec)
        every = cases(network.spec)
        self.seen += [case.id for case in every]
        chosen = [case for case in every if self._is_chosen(case, every)]
        self.n_chosen += len(chosen)
        if chosen or not self.asked.chosen:
            self.report.begin(path, network)
            self._try(network, chosen)
            if self.asked.mutants:
                self._mutants(network)
            self.report.end()

    def _is_chosen(self, case: Case, every: Sequence[Case]) -> bool:
        asked = self.asked.chosen
        exact = [one.id for one in every if one.id in asked or one.name in asked]
        if exact:
            return case.id in asked or case.name in asked
        return not asked or any(text.casefold() in case.id.casefold() for text in asked)

    def _try(self, network: Network, chosen: Sequence[Case]) -> None:
        from nnspec.claims import Options, replay, run_case

        options = Options(max_examples=self.asked.max_examples, seed=self.asked.seed)
        rows = None
        if self.asked.replay is not None:
            from nnspec.cli.arguments.replaying import replayed_rows

            rows = replayed_rows(network, self.asked.replay)
            if len(chosen) != 1:
                names = ", ".join(quote(case.id) for case in chosen[:5])
                raise CannotError(f"--replay judges one property; name one with -k: {names}")
        for case in chosen:
            result = (
                run_case(network, case, options) if rows is None else replay(network, case, rows)
            )
            self.faulty |= result.failed
            self.report.result(network, result)

    def _mutants(self, network: Network) -> None:
        from nnspec.claims import Options
        from nnspec.claims.mutants.guarding import guard

        options = Options(max_examples=self.asked.max_examples, seed=self.asked.seed)
        found = guard(network, options, most=self.asked.max_mutants)
        enough = 100 * found.score >= self.asked.min_score
        self.faulty |= not enough
        self.report.guard(found, enough=enough, least=self.asked.min_score)

    def check_choice(self) -> None:
        """Say so if -k chose nothing at all."""
        if self.asked.chosen and self.n_chosen == 0 and self.seen:
            asked = self.asked.chosen[0]
            near = nearest(asked, [name.partition(": ")[2] for name in self.seen])
            hint = "without -k, all are listed" if near is None else f"did you mean {quote(near)}?"
            raise CannotError(f"no example or property has {quote(asked)} in its name; {hint}")
