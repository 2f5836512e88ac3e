"""What a rule is: its page, and the check that finds the fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from nnspec.diagnostics import Finding, Severity
from nnspec.diagnostics.limits import DEFAULT_LIMITS, Limits
from nnspec.spec.model import BulkLayer, NetworkSpec
from nnspec.spec.resolved import Resolved
from nnspec.spec.topology import Wiring
from nnspec.validation.bounds import Bounded, bound_units


class Subject:
    """What a rule looks at: a spec, its names resolved, and what follows from its ranges.

    ``names_complete`` is False when part of the spec that declares names could not be read: what
    then seems to be missing may only be unread, and no rule may call it missing.
    """

    def __init__(
        self, spec: NetworkSpec, limits: Limits = DEFAULT_LIMITS, *, names_complete: bool = True
    ) -> None:
        self.spec = spec
        self.limits = limits
        self.names_complete = names_complete

    @cached_property
    def wiring(self) -> Wiring:
        """The spec's names, resolved."""
        return Wiring(self.spec)

    @cached_property
    def resolved(self) -> Resolved:
        """What the spec means; asked of a spec without errors only."""
        return Resolved(self.spec, self.wiring)

    def fan_in(self, layer: BulkLayer) -> int | None:
        """How many columns a bulk layer's matrix has; None where names could not be read."""
        return self.wiring.fan_in(layer) if self.names_complete else None

    @cached_property
    def bounded(self) -> Bounded:
        """Intervals of every unit over the declared ranges."""
        return bound_units(self.resolved)


Check = Callable[[Subject], Iterator[Finding]]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One fault that a spec can have, and its page.

    Parameters
    ----------
    code
        Stable code; the first digit is its family.
    name
        Named for the fault, so that "allow *dangling-synapse*" reads as English.
    severity
        Whether it forbids the use of the spec.
    what
        What the rule reports.
    why
        Why that is a fault.
    example
        A fragment of YAML that has it.
    mend
        The same fragment, mended, or what to do.
    check
        Yields what it finds; None where the fault is found while reading or by the JSON Schema.
    """

    code: str
    name: str
    severity: Severity
    what: str
    why: str
    example: str
    mend: str
    check: Check | None = None

    def page(self) -> str:
        """The rule's page, in Markdown."""
        return (
            f"# {self.code} {self.name}\n\n"
            f"*{self.severity.value}*\n\n"
            f"## What it reports\n\n{self.what}\n\n"
            f"## Why\n\n{self.why}\n\n"
            f"## Example\n\n```yaml\n{self.example.strip()}\n```\n\n"
            f"## Mend\n\n{_fenced(self.mend)}\n"
        )


def _fenced(mend: str) -> str:
    """A mend that is YAML in a fence; one that is a sentence as it is."""
    text = mend.strip()
    return f"```yaml\n{text}\n```" if ":" in text.splitlines()[0] or "\n" in text else text


def error(code: str, name: str, **page: str) -> Callable[[Check], Rule]:
    """Decorate a check into a :class:`Rule` that forbids the use of the spec."""
    return lambda check: Rule(code, name, Severity.ERROR, check=check, **page)


def warning(code: str, name: str, **page: str) -> Callable[[Check], Rule]:
    """Decorate a check into a :class:`Rule` that warns."""
    return lambda check: Rule(code, name, Severity.WARNING, check=check, **page)


def found_by_reader(code: str, name: str, what: str, why: str, example: str, mend: str) -> Rule:
    """Make the page of an error that is found before there is a spec for rules to look at."""
    return Rule(code, name, Severity.ERROR, what, why, example, mend)
