"""Diagnostics as text, JSON, SARIF and GitHub annotations."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TextIO
from urllib.parse import quote

from nnspec import __version__
from nnspec.cli.streams.terminal import (
    BLUE,
    BOLD,
    RED,
    YELLOW,
    display_width,
    json_text,
    paint,
    wants_color,
)
from nnspec.diagnostics import Diagnostic, Severity
from nnspec.diagnostics.suggestions import printable

WIDEST_LINE = 160
"""A longer line of the spec is cut around the fault."""


def report_text(
    diagnostics: Sequence[Diagnostic], stream: TextIO, color: str = "auto", most: int = 100
) -> None:
    """Write diagnostics for a person: place, message, the line with a caret, and the help."""
    painted = wants_color(stream, color)
    for diagnostic in diagnostics[:most]:
        stream.write(diagnostic_text(diagnostic, color=painted) + "\n")
    if len(diagnostics) > most:
        stream.write(f"… and {len(diagnostics) - most:,} more\n")


def diagnostic_text(diagnostic: Diagnostic, *, color: bool = False) -> str:
    """One diagnostic as text.

    Examples
    --------
    >>> from nnspec.diagnostics import Span
    >>> print(diagnostic_text(Diagnostic(
    ...     "a.yaml", Span(14, 9, 14, 12), "NS301", "dangling-synapse", Severity.ERROR,
    ...     "source 'agee' is not an input or a neuron", "did you mean 'age'?",
    ...     source_line="        agee: 1")))
    a.yaml:14:9: NS301 dangling-synapse: source 'agee' is not an input or a neuron
    14 |         agee: 1
       |         ^^^
    help: did you mean 'age'?
    """
    is_error = diagnostic.severity is Severity.ERROR
    style = RED if is_error else YELLOW
    where = printable(diagnostic.file)
    if diagnostic.span is not None:
        where += f":{diagnostic.span.line}:{diagnostic.span.column}"
    name = f"{diagnostic.code} {diagnostic.name}" + ("" if is_error else " (warning)")
    lines = [
        f"{paint(where, BOLD, color=color)}: {paint(name, style, color=color)}: "
        f"{printable(diagnostic.message)}"
    ]
    lines += _frame(diagnostic, style, color=color)
    if diagnostic.help:
        lines.append(f"{paint('help', BLUE, color=color)}: {printable(diagnostic.help)}")
    return "\n".join(lines)


def _frame(diagnostic: Diagnostic, style: str, *, color: bool) -> list[str]:
    """The line of the spec, and a caret under what is at fault."""
    span, line = diagnostic.span, diagnostic.source_line
    if span is None or not line.strip():
        return []
    start, end = span.column - 1, max(span.end_column - 1, span.column)
    cut = 0
    if len(line) > WIDEST_LINE:
        cut = max(0, min(start - WIDEST_LINE // 3, len(line) - WIDEST_LINE))
        line = line[cut : cut + WIDEST_LINE]
    before = _shown(line[: start - cut])
    marked = _shown(line[start - cut : end - cut])
    number = str(span.line)
    caret = "^" * max(1, min(display_width(marked), WIDEST_LINE))
    bar = paint("|", BLUE, color=color)
    return [
        f"{paint(number, BLUE, color=color)} {bar} {_shown(line)}".rstrip(),
        f"{' ' * len(number)} {bar} {' ' * display_width(before)}"
        f"{paint(caret, style, color=color)}",
    ]


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else " " if c == "\t" else "\ufffd" for c in text)


def report_json(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """The report as one JSON object."""
    return json_text(
        {
            "diagnostics": [diagnostic.as_dict() for diagnostic in diagnostics],
            "summary": summary(diagnostics, files),
        }
    )


def summary(diagnostics: Sequence[Diagnostic], files: int) -> dict[str, int]:
    """How many files were read, and how many errors and warnings were found."""
    found = [diagnostic.severity for diagnostic in diagnostics]
    return {
        "files": files,
        "errors": found.count(Severity.ERROR),
        "warnings": found.count(Severity.WARNING),
    }


def report_github(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """The report as workflow commands that GitHub shows beside the lines of a change."""
    return "\n".join(_annotation(diagnostic) for diagnostic in diagnostics)


def _annotation(diagnostic: Diagnostic) -> str:
    facts = diagnostic.as_dict()
    properties = {
        "file": facts["file"],
        "line": facts["line"],
        "endLine": facts["end_line"],
        "col": facts["column"],
        "endColumn": facts["end_column"],
        "title": f"{diagnostic.code} {diagnostic.name}",
    }
    joined = ",".join(
        f"{key}={_escaped(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in properties.items()
    )
    text = diagnostic.message + (f"\n{diagnostic.help}" if diagnostic.help else "")
    return f"::{diagnostic.severity.value} {joined}::{_escaped(text)}"


def _escaped(text: str) -> str:
    shown = "\n".join(printable(line) for line in text.splitlines())
    return shown.replace("%", "%25").replace("\n", "%0A")


def report_sarif(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """The report as SARIF 2.1.0, which code hosts and editors read."""
    from nnspec.validation import RULES

    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    rules = {rule.code: rule for rule in RULES}
    run = {
        "tool": {
            "driver": {
                "name": "nnspec",
                "version": __version__,
                "rules": [_sarif_rule(rules[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(diagnostic, codes) for diagnostic in diagnostics],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json_text(log)


def _sarif_rule(rule: Any) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": f"{rule.what} {rule.why}"},
        "help": {"text": rule.page(), "markdown": rule.page()},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _sarif_result(diagnostic: Diagnostic, codes: Sequence[str]) -> dict[str, Any]:
    facts = diagnostic.as_dict()
    text = diagnostic.message + (f"; {diagnostic.help}" if diagnostic.help else "")
    identity = f"{facts['file']} {diagnostic.code} {diagnostic.pointer}".encode()
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": diagnostic.severity.value,
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(diagnostic.file)},
                    "region": {
                        "startLine": facts["line"],
                        "startColumn": facts["column"],
                        "endLine": facts["end_line"],
                        "endColumn": facts["end_column"],
                    },
                },
                "logicalLocations": [{"fullyQualifiedName": diagnostic.pointer}],
            }
        ],
        "partialFingerprints": {"nnspec/v1": hashlib.sha256(identity).hexdigest()[:32]},
    }


def _uri(file: str) -> str:
    return quote(file.encode("utf-8", "surrogateescape"))


REPORTERS: dict[str, Callable[[Sequence[Diagnostic], int], str]] = {
    "json": report_json,
    "sarif": report_sarif,
    "github": report_github,
}
"""Every machine-readable format by name; ``text`` goes to a person, and to a terminal."""
