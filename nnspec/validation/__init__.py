"""What is wrong with a spec: the rules, run over a :class:`~nnspec.spec.model.NetworkSpec`."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Diagnostic, Finding, Severity
from nnspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from nnspec.spec.model import NetworkSpec
from nnspec.validation.rule import Rule, Subject
from nnspec.validation.rules import RULE_BY_CODE, RULES
from nnspec.validation.rules.numbers import over_budget
from nnspec.validation.shape.built import check_built

__all__ = ["RULES", "RULE_BY_CODE", "Rule", "Subject", "check", "run_rules"]


def run_rules(subject: Subject, *, warnings: bool = True) -> Iterator[Finding]:
    """Yield what the rules find.

    Warnings wait until there are no errors: what an unread or misspelt part would have used looks
    unused, and a wrong bias makes a neuron look dead. ``warnings`` is False where errors were
    found before.
    """
    too_large = list(over_budget.check(subject))
    if too_large:  # every other rule would have to walk over it
        yield from too_large
        return
    found_error = False
    for finding in _run(subject, Severity.ERROR):
        found_error = True
        yield finding
    if warnings and not found_error and subject.names_complete:
        yield from _run(subject, Severity.WARNING)


def _run(subject: Subject, severity: Severity) -> Iterator[Finding]:
    for rule in RULES:
        if rule.check is not None and rule.severity is severity and rule.code != "NS507":
            yield from rule.check(subject)


def check(spec: NetworkSpec, limits: Limits = DEFAULT_LIMITS) -> tuple[Diagnostic, ...]:
    """Every diagnostic of a spec, however it was made; empty if nothing is wrong.

    Diagnostics of a spec built in Python have no place in a file; their path says where they are.
    """
    found = list(check_built(spec))
    found.extend(run_rules(Subject(spec, limits), warnings=not found))
    return tuple([to_diagnostic(finding, spec.name) for finding in found])


def to_diagnostic(finding: Finding, file: str) -> Diagnostic:
    """A finding under its rule's name, without a place."""
    rule = RULE_BY_CODE[finding.code]
    return Diagnostic(
        file, None, rule.code, rule.name, rule.severity, finding.message, finding.help,
        finding.path,
    )  # fmt: skip
