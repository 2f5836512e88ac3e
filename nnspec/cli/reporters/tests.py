"""What ``nnspec test`` found, as text, JSON, JUnit XML and GitHub annotations."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO
from xml.etree import ElementTree

from nnspec.claims import Failure, Result, render_result
from nnspec.claims.mutants.guarding import Guard
from nnspec.claims.mutants.rendering import guard_lines
from nnspec.claims.rendering import failure_lines, verdict
from nnspec.cli.reporters.diagnostics import diagnostic_text, report_github
from nnspec.cli.streams.terminal import BOLD, GREEN, RED, YELLOW, json_text, paint, wants_color
from nnspec.diagnostics import Diagnostic, Severity, Span
from nnspec.diagnostics.limits import DEFAULT_LIMITS
from nnspec.diagnostics.suggestions import counted, printable
from nnspec.loading import read_limited
from nnspec.network import Network
from nnspec.text.parsing import parse_bytes
from nnspec.views.numbers import finite


@dataclass(frozen=True, slots=True)
class Judgement:
    """A spec's mutants, and whether enough of them were noticed.

    Parameters
    ----------
    guard
        What became of the mutants.
    least
        How many percent of them were to be noticed.
    """

    guard: Guard
    least: float

    @property
    def enough(self) -> bool:
        """Whether so many were noticed."""
        return 100 * self.guard.score >= self.least

    @property
    def complaint(self) -> str:
        """What is wrong if they were not."""
        return f"fewer than {self.least:g} % of the mutants are noticed"


@dataclass(slots=True)
class SpecOutcome:
    """What came of one spec; one with errors has diagnostics, and no network to be tried."""

    file: str
    network: Network | None = None
    diagnostics: Sequence[Diagnostic] = ()
    results: list[Result] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    judgement: Judgement | None = None

    @property
    def tried(self) -> bool:
        """Whether there was anything to try."""
        return bool(self.results) or self.judgement is not None

    @property
    def faulty(self) -> bool:
        """Whether anything is wrong with it."""
        too_few = self.judgement is not None and not self.judgement.enough
        return self.network is None or too_few or any(result.failed for result in self.results)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the search was told."""

    seed: int
    max_examples: int
    budget: float


class Report:
    """What is told of each spec as it is tried; written when all are done.

    Parameters
    ----------
    stream
        Where it is written.
    render
        The format: the whole report as text.
    """

    def __init__(
        self, stream: TextIO, render: Callable[[Sequence[SpecOutcome], Settings], str]
    ) -> None:
        self.stream = stream
        self.outcomes: list[SpecOutcome] = []
        self._render = render
        self._since = time.perf_counter()

    def begin(self, outcome: SpecOutcome) -> None:
        """A spec is tried now, or has errors."""
        self.outcomes.append(outcome)
        self._since = time.perf_counter()

    def result(self, result: Result) -> None:
        """One case of it was tried."""
        self.outcomes[-1].results.append(result)
        self.outcomes[-1].seconds.append(time.perf_counter() - self._since)
        self._since = time.perf_counter()

    def judged(self, judgement: Judgement) -> None:
        """Its mutants were tried."""
        self.outcomes[-1].judgement = judgement

    def close(self, settings: Settings) -> None:
        """All specs are done."""
        text = self._render(self.outcomes, settings)
        self.stream.write(text + "\n" if text else "")


class TextReport(Report):
    """For people: a line for each case, more for each failure, as they come."""

    def __init__(self, stream: TextIO, color: str, *, quiet: bool) -> None:
        super().__init__(stream, report_summary)
        self.color = wants_color(stream, color)
        self.quiet = quiet

    def begin(self, outcome: SpecOutcome) -> None:
        """Head a spec's cases with its name; of one with errors, its diagnostics."""
        super().begin(outcome)
        for diagnostic in outcome.diagnostics if outcome.network is None else ():
            self._write(diagnostic_text(diagnostic, color=self.color))
        if outcome.network is not None and not self.quiet:
            self._write(self._paint(printable(outcome.file), BOLD))

    def result(self, result: Result) -> None:
        """One line, or for a failure several."""
        super().result(result)
        file, network = self.outcomes[-1].file, self.outcomes[-1].network
        if result.failed and network is not None:
            where = f"{printable(file)}: " if self.quiet else ""
            self._write(f"  {self._paint('FAILED', RED)} {where}{printable(result.case.id)}")
            for line in failure_lines(network, result, spec_file=file):
                self._write(f"         {line}")
        elif not self.quiet:
            said = f"{printable(result.case.id)}: {verdict(result)}"
            self._write(f"  {self._paint('ok', GREEN)}     {said}")

    def judged(self, judgement: Judgement) -> None:
        """The score, and each survivor."""
        super().judged(judgement)
        if self.quiet and judgement.enough:
            return
        head, *rest = guard_lines(judgement.guard, most=20)
        if judgement.enough:
            self._write(f"  {self._paint('ok', GREEN)}     {head}")
        else:
            failed = f": fewer than {judgement.least:g} %"
            self._write(f"  {self._paint('FAILED', RED)} {head}{failed}")
        for line in rest:
            self._write(f"         {self._paint('survivor', YELLOW)} {line}")

    def _paint(self, text: str, style: str) -> str:
        return paint(text, style, color=self.color)

    def _write(self, text: str) -> None:
        self.stream.write(text + "\n")
        self.stream.flush()


def report_summary(outcomes: Sequence[SpecOutcome], settings: Settings) -> str:
    """How many of each there were, in one line."""
    counts = Counter(result.status for outcome in outcomes for result in outcome.results)
    said = [f"{counts[s]:,} {s}" for s in ("passed", "not refuted", "failed") if counts[s]]
    invalid = sum(outcome.network is None for outcome in outcomes)
    if invalid:
        said.append(f"{counted(invalid, 'spec')} with errors")
    too_few = sum(not o.judgement.enough for o in outcomes if o.judgement is not None)
    if too_few:
        said.append(f"{counted(too_few, 'score')} too low")
    n_stopped = sum(result.stopped for outcome in outcomes for result in outcome.results)
    if n_stopped:
        budget = f"the budget of {settings.budget:g} s a spec (--budget)"
        said.append(f"{counted(n_stopped, 'claim')} cut short by {budget}")
    return f"{counted(len(outcomes), 'spec')}: {', '.join(said) if said else 'nothing to try'}"


def report_json(outcomes: Sequence[SpecOutcome], settings: Settings) -> str:
    """One JSON document for the whole run."""
    document = {
        "nnspec_test": 1,
        "seed": settings.seed,
        "max_examples": settings.max_examples,
        "budget": settings.budget,
        "specs": [_spec_facts(o, o.network) for o in outcomes if o.network is not None],
        "invalid": [
            {"file": o.file, "diagnostics": [d.as_dict() for d in o.diagnostics]}
            for o in outcomes
            if o.network is None
        ],
    }
    return json_text(document)


def report_junit(outcomes: Sequence[SpecOutcome], settings: Settings) -> str:
    """JUnit XML, which CI servers read."""
    root = ElementTree.Element("testsuites", name="nnspec test")
    for outcome in sorted(outcomes, key=lambda outcome: outcome.network is None):
        _add_suite(root, outcome)
    return junit_text(root)


def junit_text(root: ElementTree.Element) -> str:
    """An XML document as text."""
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'


def _add_suite(root: ElementTree.Element, outcome: SpecOutcome) -> None:
    file, network, judgement = xml_text(outcome.file), outcome.network, outcome.judgement
    suite = ElementTree.SubElement(root, "testsuite", name=file)
    if network is None:
        add_error(suite, outcome.diagnostics)
        return
    for result, seconds in zip(outcome.results, outcome.seconds, strict=True):
        case = add_case(suite, result.case.id, seconds)
        if result.failed:
            text = render_result(network, result, spec_file=outcome.file)
            add_failure(case, result.failures[0].shown.message, text)
    if judgement is not None:
        case = add_case(suite, "mutants")
        if not judgement.enough:
            add_failure(case, judgement.complaint, "\n".join(guard_lines(judgement.guard)))
    suite.set("time", f"{sum(outcome.seconds):.3f}")
    suite.attrib.update(tests=str(len(suite)), failures=str(len(suite.findall("*/failure"))))


def add_case(
    suite: ElementTree.Element, name: str, seconds: float | None = None
) -> ElementTree.Element:
    """A test case of a suite, which has the name of its file."""
    file = suite.attrib["name"]
    case = ElementTree.SubElement(suite, "testcase", classname=file, name=xml_text(name))
    if seconds is not None:
        case.set("time", f"{seconds:.3f}")
    return case


def add_error(suite: ElementTree.Element, diagnostics: Sequence[Diagnostic]) -> None:
    """Of a spec with errors, which has no other cases: its diagnostics."""
    suite.attrib.update(tests="1", errors="1")
    case = add_case(suite, "validate")
    error = ElementTree.SubElement(case, "error", message="the spec has errors")
    error.text = xml_text("\n".join(map(diagnostic_text, diagnostics)))


def add_failure(case: ElementTree.Element, message: str, text: str) -> None:
    """Say that a test case failed, and why."""
    failure = ElementTree.SubElement(case, "failure", message=xml_text(message))
    failure.text = xml_text(text)


def report_annotations(outcomes: Sequence[SpecOutcome], settings: Settings) -> str:
    """Workflow commands that GitHub shows beside the lines of a change."""
    found = [d for o in outcomes if o.network is None for d in o.diagnostics]
    for outcome in outcomes:
        for result in outcome.results:
            if result.failed and outcome.network is not None:
                text = render_result(outcome.network, result, spec_file=outcome.file)
                found.append(annotation(outcome.file, result.case.path, result.case.id, text))
    for outcome in outcomes:
        judgement = outcome.judgement
        if judgement is not None and not judgement.enough:
            message = "\n".join([judgement.complaint, *guard_lines(judgement.guard)])
            found.append(annotation(outcome.file, (), "mutants", message))
    return report_github(found, len(outcomes))


def annotation(
    file: str, path: tuple[str | int, ...], title: str, text: str, verb: str = "nnspec test"
) -> Diagnostic:
    """What a verb found of a case, at the case's place in its file."""
    return Diagnostic(file, _place(file, path), verb, title, Severity.ERROR, text)


def _place(file: str, path: tuple[str | int, ...]) -> Span:
    """Where in a spec file a case stands; the first line, of standard input."""
    try:
        document = parse_bytes(read_limited(file, DEFAULT_LIMITS), DEFAULT_LIMITS)
    except OSError:
        return Span(1, 1, 1, 1)
    return document.span(path, key=bool(path) and path[-1] == "range")


def _spec_facts(outcome: SpecOutcome, network: Network) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "file": outcome.file,
        "name": network.name,
        "content_hash": network.content_hash,
        "cases": [_result_facts(outcome.file, result) for result in outcome.results],
    }
    if outcome.judgement is not None:
        facts["mutants"] = _judgement_facts(outcome.judgement)
    return facts


def _result_facts(file: str, result: Result) -> dict[str, Any]:
    return {
        "kind": result.case.kind,
        "name": result.case.name,
        "pointer": "".join(f"/{key}" for key in result.case.path),
        "line": _place(file, result.case.path).line,
        "status": result.status,
        "n_inputs": result.n_inputs,
        "exhausted": result.exhausted,
        "failures": [_failure_facts(failure) for failure in result.failures],
    }


def _failure_facts(failure: Failure) -> dict[str, Any]:
    return {
        "claim": failure.claim,
        "message": failure.message,
        "rows": list(failure.rows),
        "rounded": list(failure.shown.rows),
        "worst": None if failure.worst is None else list(failure.worst.rows),
        "excess": finite(failure.excess),
        "values": [
            {name: finite(value) for name, value in valuation.outputs.items()}
            for valuation in failure.values
        ],
    }


def _judgement_facts(judgement: Judgement) -> dict[str, Any]:
    found = judgement.guard
    return {
        "score": found.score,
        "n_mutants": found.n_mutants,
        "tried": len(found.tried),
        "noticed": found.count("noticed"),
        "equivalent": found.count("equivalent"),
        "survivors": [one.mutant.text for one in found.survivors],
        "enough": judgement.enough,
        "min_score": judgement.least,
    }


def xml_text(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


RENDERERS: dict[str, Callable[[Sequence[SpecOutcome], Settings], str]] = {
    "json": report_json,
    "junit": report_junit,
    "github": report_annotations,
}
"""Every machine-readable format by name; ``text`` goes to a person, as the cases are tried."""


def open_report(form: str, stream: TextIO, color: str, *, quiet: bool) -> Report:
    """A report in a format."""
    if form == "text":
        return TextReport(stream, color, quiet=quiet)
    return Report(stream, RENDERERS[form])
