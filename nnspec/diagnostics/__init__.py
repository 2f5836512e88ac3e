"""What a check finds: findings, diagnostics, and the errors that carry them.

A rule yields a :class:`Finding`, which knows *what* is wrong and the path of the value in the
spec. A loader adds *where* that value stands in the file, and the two together are a
:class:`Diagnostic`. Diagnostics are data; text, JSON and SARIF are made from them at the edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""The keys and list positions that lead from the top of a spec to one value."""


class Severity(StrEnum):
    """How bad a diagnostic is: an error forbids use, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a text file; lines and columns count from 1, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a spec before anyone asked where in a file it stands.

    Parameters
    ----------
    code
        Stable code of the rule that found it, such as ``"NS301"``.
    path
        Keys from the top of the spec to the value at fault.
    message
        What is wrong, naming what was given.
    help
        What is legal and what to do, or an empty string.
    at
        Whether the mapping's key or its value is at fault.
    related
        Path of the other place the message speaks of ("first at line 12"), if there is one.
    suggestion
        What was meant instead of the key or value at fault, where one legal word is near it.
    """

    code: str
    path: Path
    message: str
    help: str = ""
    at: Literal["key", "value"] = "value"
    related: Path | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A fault of a spec, with the place in its file where it stands.

    ``span`` is None for networks built in Python and for faults of a file as a whole.
    """

    file: str
    span: Span | None
    code: str
    name: str
    severity: Severity
    message: str
    help: str = ""
    path: Path = ()
    source_line: str = field(default="", compare=False)

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer (RFC 6901)."""
        return json_pointer(self.path)

    def as_dict(self) -> dict[str, Any]:
        """The diagnostic as the JSON report shows it."""
        span = self.span or Span(1, 1, 1, 1)
        return {
            "file": self.file,
            "line": span.line,
            "column": span.column,
            "end_line": span.end_line,
            "end_column": span.end_column,
            "code": self.code,
            "name": self.name,
            "severity": self.severity.value,
            "message": self.message,
            "help": self.help,
            "path": self.pointer,
        }

    def __str__(self) -> str:
        place = f"{self.file}:{self.span.line}:{self.span.column}" if self.span else self.file
        return f"{place}: {self.code} {self.name}: {self.message}"


class NnspecError(Exception):
    """Base class of the errors that nnspec raises on purpose."""


class CannotError(NnspecError):
    """What was asked cannot be carried out, for a reason that is none of the spec's or data's."""


class SpecError(NnspecError, ValueError):
    """A spec has faults; ``diagnostics`` holds every one of them, warnings too."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__("\n".join(str(d) for d in errors(self.diagnostics)))

    def __reduce__(self) -> tuple[type[SpecError], tuple[tuple[Diagnostic, ...]]]:
        # The default would hand the message to __init__ when a worker process sends the error.
        return (SpecError, (self.diagnostics,))


def errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those of the diagnostics that forbid the use of the spec."""
    return [d for d in diagnostics if d.severity is Severity.ERROR]


def json_pointer(path: Sequence[str | int]) -> str:
    """A path as a JSON Pointer.

    Examples
    --------
    >>> json_pointer(("layers", 0, "neurons", "historic"))
    '/layers/0/neurons/historic'
    """
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
