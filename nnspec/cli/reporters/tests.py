"""What ``nnspec test`` found, as text, JSON, JUnit XML and GitHub annotations."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Protocol, TextIO
from xml.etree import ElementTree

from nnspec.claims import Failure, Result, render_result
from nnspec.claims.mutants.guarding import Guard
from nnspec.claims.mutants.rendering import guard_lines
from nnspec.claims.rendering import failure_lines, verdict
from nnspec.cli.reporters.diagnostics import diagnostic_text, report_github
from nnspec.cli.streams.terminal import BOLD, RED, YELLOW, paint, wants_color
from nnspec.diagnostics import Diagnostic, Span
from nnspec.diagnostics.limits import DEFAULT_LIMITS
from nnspec.diagnostics.suggestions import counted, printable
from nnspec.loading import read_limited
from nnspec.network import Network
from nnspec.text.parsing import parse_bytes

GREEN = "32"


class Report(Protocol):
    """What a report is told, in this order."""

    def begin(self, file: str, network: Network) -> None:
        """A spec is tried now."""

    def result(self, network: Network, result: Result) -> None:
        """One case of it was tried."""

    def guard(self, found: Guard, *, enough: bool, least: float) -> None:
        """Its mutants were tried."""

    def end(self) -> None:
        """It is done."""

    def invalid(self, file: str, diagnostics: Sequence[Diagnostic]) -> None:
        """A spec has errors and cannot be tried."""

    def close(self, *, seed: int, max_examples: int) -> None:
        """All specs are done."""


class TextReport:
    """For people: a line for each case, more for each failure, as they come."""

    def __init__(self, stream: TextIO, color: str, *, quiet: bool) -> None:
        self.stream = stream
        self.color = wants_color(stream, color)
        self.quiet = quiet
        self.file = ""
        self.counts = {"passed": 0, "not refuted": 0, "failed": 0}
        self.n_specs = self.n_invalid = self.n_too_few = 0

    def begin(self, file: str, network: Network) -> None:
        """Head a spec's cases with its name."""
        self.file = file
        self.n_specs += 1
        if not self.quiet:
            self._write(paint(printable(file), BOLD, color=self.color))

    def result(self, network: Network, result: Result) -> None:
        """One line, or for a failure several."""
        self.counts[result.status] += 1
        if result.failed:
            where = f"{printable(self.file)}: " if self.quiet else ""
            head = f"{where}{printable(result.case.id)}"
            self._write(f"  {paint('FAILED', RED, color=self.color)} {head}")
            for line in failure_lines(network, result, spec_file=self.file):
                self._write(f"         {line}")
        elif not self.quiet:
            said = f"{printable(result.case.id)}: {verdict(result)}"
            self._write(f"  {paint('ok', GREEN, color=self.color)}     {said}")

    def guard(self, found: Guard, *, enough: bool, least: float) -> None:
        """The score, and each survivor."""
        self.n_too_few += not enough
        head, *rest = guard_lines(found, most=20)
        style = GREEN if enough else RED
        failed = "" if enough else f": fewer than {least:g} %"
        mark = paint("ok", style, color=self.color) + "    " if enough else (
            paint("FAILED", style, color=self.color)
        )  # fmt: skip
        if not (self.quiet and enough):
            self._write(f"  {mark} {head}{failed}")
            for line in rest:
                self._write(f"         {paint('survivor', YELLOW, color=self.color)} {line}")

    def end(self) -> None:
        """Nothing: the next spec's name begins the next part."""

    def invalid(self, file: str, diagnostics: Sequence[Diagnostic]) -> None:
        """The spec's diagnostics."""
        self.n_invalid += 1
        for diagnostic in diagnostics:
            self._write(diagnostic_text(diagnostic, color=self.color))

    def close(self, *, seed: int, max_examples: int) -> None:
        """How many of each."""
        said = [f"{n:,} {status}" for status, n in self.counts.items() if n]
        if self.n_invalid:
            said.append(f"{counted(self.n_invalid, 'spec')} with errors")
        if self.n_too_few:
            said.append(f"{counted(self.n_too_few, 'score')} too low")
        specs = counted(self.n_specs + self.n_invalid, "spec")
        self._write(f"{specs}: {', '.join(said) if said else 'nothing to try'}")

    def _write(self, text: str) -> None:
        self.stream.write(text + "\n")
        self.stream.flush()


class _Collected:
    """A report that is written when all is done."""

    def __init__(self, stream: TextIO, color: str, *, quiet: bool) -> None:
        self.stream = stream
        self.specs: list[dict[str, Any]] = []
        self.results: list[tuple[str, Network, Result]] = []
        self.guards: list[tuple[str, Guard, bool, float]] = []
        self.diagnostics: list[tuple[str, Sequence[Diagnostic]]] = []
        self.networks: list[tuple[str, Network]] = []

    def begin(self, file: str, network: Network) -> None:
        self.networks.append((file, network))

    def result(self, network: Network, result: Result) -> None:
        self.results.append((self.networks[-1][0], network, result))

    def guard(self, found: Guard, *, enough: bool, least: float) -> None:
        self.guards.append((self.networks[-1][0], found, enough, least))

    def end(self) -> None:
        """Nothing to do."""

    def invalid(self, file: str, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics.append((file, diagnostics))


class JsonReport(_Collected):
    """One JSON document for the whole run."""

    def close(self, *, seed: int, max_examples: int) -> None:
        """Write it."""
        document = {
            "nnspec_test": 1,
            "seed": seed,
            "max_examples": max_examples,
            "specs": [self._spec(file, network) for file, network in self.networks],
            "invalid": [
                {"file": file, "diagnostics": [d.as_dict() for d in found]}
                for file, found in self.diagnostics
            ],
        }
        json.dump(document, self.stream, indent=2, ensure_ascii=False, allow_nan=False)
        self.stream.write("\n")

    def _spec(self, file: str, network: Network) -> dict[str, Any]:
        results = [_result_facts(file, r) for at, _, r in self.results if at == file]
        facts: dict[str, Any] = {
            "file": file,
            "name": network.name,
            "content_hash": network.content_hash,
            "cases": results,
        }
        for at, found, enough, least in self.guards:
            if at == file:
                facts["mutants"] = {**_guard_facts(found), "enough": enough, "min_score": least}
        return facts


class JunitReport(_Collected):
    """JUnit XML, which CI servers read."""

    def close(self, *, seed: int, max_examples: int) -> None:
        """Write it."""
        root = ElementTree.Element("testsuites", name="nnspec test")
        for file, _ in self.networks:
            self._suite(root, file)
        for file, found in self.diagnostics:
            suite = ElementTree.SubElement(
                root, "testsuite", name=_xml(file), tests="1", errors="1"
            )
            case = ElementTree.SubElement(suite, "testcase", classname=_xml(file), name="validate")
            text = "\n".join(map(diagnostic_text, found))
            error = ElementTree.SubElement(case, "error", message="the spec has errors")
            error.text = _xml(text)
        ElementTree.indent(root)
        self.stream.write('<?xml version="1.0" encoding="utf-8"?>\n')
        self.stream.write(ElementTree.tostring(root, encoding="unicode") + "\n")

    def _suite(self, root: ElementTree.Element, file: str) -> None:
        own = [(network, result) for at, network, result in self.results if at == file]
        guards = [entry for entry in self.guards if entry[0] == file]
        failures = sum(r.failed for _, r in own) + sum(not enough for _, _, enough, _ in guards)
        suite = ElementTree.SubElement(
            root, "testsuite", name=_xml(file), tests=str(len(own) + len(guards)),
            failures=str(failures),
        )  # fmt: skip
        for network, result in own:
            case = ElementTree.SubElement(
                suite, "testcase", classname=_xml(file), name=_xml(result.case.id)
            )
            if result.failed:
                failure = ElementTree.SubElement(
                    case, "failure", message=_xml(result.failures[0].message)
                )
                failure.text = _xml(render_result(network, result, spec_file=file))
        for _, found, enough, least in guards:
            case = ElementTree.SubElement(suite, "testcase", classname=_xml(file), name="mutants")
            head, *rest = guard_lines(found)
            if not enough:
                message = f"fewer than {least:g} % of the mutants are noticed"
                failure = ElementTree.SubElement(case, "failure", message=message)
                failure.text = _xml("\n".join([head, *rest]))


class GithubReport(_Collected):
    """Workflow commands that GitHub shows beside the lines of a change."""

    def close(self, *, seed: int, max_examples: int) -> None:
        """Write them."""
        found: list[Diagnostic] = [d for _, several in self.diagnostics for d in several]
        for file, network, result in self.results:
            if result.failed:
                text = render_result(network, result, spec_file=file)
                found.append(_annotation(file, result.case.path, result.case.id, text))
        for file, guard, enough, least in self.guards:
            if not enough:
                text = "\n".join(guard_lines(guard))
                message = f"fewer than {least:g} % of the mutants are noticed\n{text}"
                found.append(_annotation(file, (), "mutants", message))
        text = report_github(found, len(self.networks))
        if text:
            self.stream.write(text + "\n")


def _annotation(file: str, path: tuple[str | int, ...], title: str, text: str) -> Diagnostic:
    from nnspec.diagnostics import Severity

    return Diagnostic(file, _place(file, path), "nnspec test", title, Severity.ERROR, text)


def _place(file: str, path: tuple[str | int, ...]) -> Span:
    """Where in a spec file a case stands; the first line, of standard input."""
    try:
        document = parse_bytes(read_limited(file, DEFAULT_LIMITS), DEFAULT_LIMITS)
    except OSError:
        return Span(1, 1, 1, 1)
    return document.span(path, key=bool(path) and path[-1] == "range")


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
        "excess": _number(failure.excess),
        "values": [
            {name: _number(value) for name, value in valuation.outputs.items()}
            for valuation in failure.values
        ],
    }


def _guard_facts(found: Guard) -> dict[str, Any]:
    return {
        "score": found.score,
        "n_mutants": found.n_mutants,
        "tried": len(found.tried),
        "noticed": found.count("noticed"),
        "equivalent": found.count("equivalent"),
        "survivors": [one.mutant.text for one in found.survivors],
    }


def _number(value: float) -> float | None:
    """JSON has no infinity: null stands for what is not finite."""
    return value if math.isfinite(value) else None


def _xml(text: str) -> str:
    """Text without the characters that XML 1.0 cannot hold."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


REPORTS: dict[str, Any] = {
    "text": TextReport,
    "json": JsonReport,
    "junit": JunitReport,
    "github": GithubReport,
}
"""Every format by name."""
