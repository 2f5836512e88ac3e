"""What ``nnspec test`` does: choose the cases of each spec, try them, and report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from nnspec.claims import Case, Options, cases, replay, run_cases
from nnspec.claims.cases import named_cases
from nnspec.claims.mutants.guarding import guard
from nnspec.cli.arguments.specs import checked_specs, found_specs
from nnspec.cli.reporters.tests import Judgement, Report, Settings, SpecOutcome, open_report
from nnspec.cli.streams.exit_status import FAILED, FAULTY, FINE, NOTHING
from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import nearest, printable, quote
from nnspec.loading import Loaded
from nnspec.network import Network


@dataclass(frozen=True)
class Plan:
    """What the options ask for."""

    max_examples: int
    seed: int
    chosen: tuple[str, ...]
    budget: float
    replay: str | None
    mutants: bool
    max_mutants: int
    min_score: float

    @property
    def search(self) -> Options:
        """How counterexamples are searched for."""
        return Options(self.max_examples, self.seed, self.budget)

    def choose(self, every: Sequence[Case]) -> list[Case]:
        """The cases that -k names."""
        return named_cases(every, self.chosen)


def run_specs(
    specs: Sequence[str], plan: Plan, limits: Limits, form: str, color: str, *, quiet: bool
) -> int:
    """Run ``nnspec test``; give its exit status."""
    paths = list(found_specs(specs))
    if plan.replay is not None and len(paths) != 1:
        raise CannotError("--replay is about one spec; give that spec alone")
    report = open_report(form, sys.stdout, color, quiet=quiet)
    unreadable = False
    seen: list[Case] = []
    for path, loaded in checked_specs(paths, limits):
        if loaded is None:
            unreadable = True
        else:
            seen += _try_spec(path, loaded, plan, report)
    if plan.chosen and seen and not plan.choose(seen):
        raise CannotError(nothing_chosen(plan.chosen[0], seen))
    for outcome in report.outcomes:
        if not (outcome.tried or outcome.faulty):
            said = "has neither examples nor properties, and no neuron has a range to keep"
            print(f"nnspec: {printable(outcome.file)} {said}: nothing to try", file=sys.stderr)
    report.close(Settings(plan.seed, plan.max_examples, plan.budget))
    if unreadable:
        return FAILED
    if any(outcome.faulty for outcome in report.outcomes):
        return FAULTY
    return FINE if any(outcome.tried for outcome in report.outcomes) else NOTHING


def _try_spec(path: str, loaded: Loaded, plan: Plan, report: Report) -> tuple[Case, ...]:
    """Try one spec, and give all of its cases; a faulty one is reported, and the others go on."""
    if loaded.spec is None or not loaded.ok:
        report.begin(SpecOutcome(path, diagnostics=loaded.diagnostics))
        return ()
    network = Network.from_checked(loaded.spec)
    every = cases(network.spec)
    chosen = plan.choose(every)
    if chosen or not plan.chosen:
        report.begin(SpecOutcome(path, network))
        _try_cases(network, chosen, plan, report)
        if plan.mutants:
            found = guard(network, plan.search, most=plan.max_mutants)
            report.judged(Judgement(found, plan.min_score))
    return every


def _try_cases(network: Network, chosen: Sequence[Case], plan: Plan, report: Report) -> None:
    if plan.replay is None:
        for result in run_cases(network, chosen, plan.search):
            report.result(result)
        return
    # With it come tables, which take as long to import as all the rest of a test.
    from nnspec.cli.arguments.replay import replayed_rows

    rows = replayed_rows(network.spec, plan.replay)
    if len(chosen) != 1:
        names = ", ".join(quote(case.id) for case in chosen[:5])
        raise CannotError(f"--replay judges one property; name one with -k: {names}")
    report.result(replay(network, chosen[0], rows))


def nothing_chosen(asked: str, seen: Sequence[Case]) -> str:
    """What is wrong with a name that no case has."""
    near = nearest(asked, [case.id.partition(": ")[2] for case in seen])
    hint = "without -k, all are listed" if near is None else f"did you mean {quote(near)}?"
    return f"no example or property has {quote(asked)} in its name; {hint}"
