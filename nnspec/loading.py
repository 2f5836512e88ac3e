"""From a path, bytes or text to a :class:`~nnspec.model.NetworkSpec` and its diagnostics."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice

from nnspec.diagnostics import (
    Diagnostic,
    Finding,
    Span,
    SpecError,
    errors,
)
from nnspec.document import Document
from nnspec.limits import DEFAULT_LIMITS, MOST_FAULTS, Limits
from nnspec.model import NetworkSpec
from nnspec.parsing import parse_bytes, parse_text
from nnspec.reading import read_spec
from nnspec.validation import Subject, run_rules, to_diagnostic
from nnspec.validation.consequences import Faults, is_own_fault
from nnspec.validation.schema import Located, check_shape


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of reading one spec: its diagnostics, and the spec if it could be read at all.

    ``spec`` may be given although there are errors; it then holds what could be read.
    """

    file: str
    spec: NetworkSpec | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether the spec may be used: it was read, and nothing but warnings was found."""
        return self.spec is not None and not errors(self.diagnostics)


def load_spec(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> NetworkSpec:
    """Read a spec file.

    Raises
    ------
    SpecError
        If the spec has errors; its ``diagnostics`` say all that was found.
    OSError
        If the file cannot be read.
    """
    return usable(check_file(path, limits))


def parse_spec(text: str, file: str = "<text>", limits: Limits = DEFAULT_LIMITS) -> NetworkSpec:
    """Read a spec from YAML text.

    Raises
    ------
    SpecError
        If the spec has errors; its ``diagnostics`` say all that was found.
    """
    return usable(check_text(text, file, limits))


def usable(loaded: Loaded) -> NetworkSpec:
    """The spec of a file without errors; otherwise raise them all."""
    if loaded.spec is None or not loaded.ok:
        raise SpecError(loaded.diagnostics)
    return loaded.spec


def check_file(path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS) -> Loaded:
    """Read and judge a spec file; raises OSError only."""
    return check_bytes(read_limited(path, limits), os.fspath(path), limits)


def check_bytes(content: bytes, file: str, limits: Limits = DEFAULT_LIMITS) -> Loaded:
    """Judge the bytes of a spec; never raises on a bad spec."""
    return _judge(parse_bytes(content, limits), file, limits)


def check_text(text: str, file: str = "<text>", limits: Limits = DEFAULT_LIMITS) -> Loaded:
    """Judge the text of a spec; never raises on a bad spec."""
    return _judge(parse_text(text, limits), file, limits)


def read_limited(path: str | os.PathLike[str], limits: Limits) -> bytes:
    """A regular file's bytes, but no more than one beyond the limit, so that it can be refused.

    Raises
    ------
    OSError
        If it cannot be read, or is a device, a pipe that nobody writes, or a folder.
    """
    # Opening a named pipe waits for a writer, for ever if there is none.
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
            raise OSError(errno.EINVAL, "is a device, not a file", os.fspath(path))
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "is a folder, not a file", os.fspath(path))
        if stat.S_ISFIFO(mode):
            os.set_blocking(file.fileno(), True)
        return file.read(limits.spec_bytes + 1)


def _judge(document: Document, file: str, limits: Limits) -> Loaded:
    found: list[Located] = [
        (finding, document.span_of_offsets(start, end)) for finding, start, end in document.findings
    ]
    if not document.complete:
        return Loaded(file, None, _diagnostics(document, file, found))
    shape = [pair for pair in check_shape(document) if is_own_fault(document, pair[0])]
    found += shape
    spec = read_spec(document.data)
    if isinstance(document.data, dict) and len(shape) < MOST_FAULTS:
        faults = Faults(document, [finding for finding, _ in shape])
        subject = Subject(spec, limits, names_complete=faults.names_complete)
        for finding in islice(run_rules(subject, warnings=not found), MOST_FAULTS):
            if not faults.explain(finding):
                span = document.span(finding.path, key=finding.at == "key")
                found.append((_with_line(document, finding), span))
    return Loaded(file, spec, _diagnostics(document, file, found))


def _with_line(document: Document, finding: Finding) -> Finding:
    if finding.related is None:
        return finding
    line = document.span(finding.related, key=True).line
    return replace(finding, message=f"{finding.message}; first at line {line}")


def _diagnostics(
    document: Document, file: str, found: Iterable[tuple[Finding, Span]]
) -> tuple[Diagnostic, ...]:
    lines: dict[int, str] = {}  # one text for all faults of a line, which may be very long
    placed: set[Diagnostic] = set()
    for finding, span in found:
        if span.line not in lines:
            lines[span.line] = document.line_text(span.line)
        diagnostic = to_diagnostic(finding, file)
        placed.add(replace(diagnostic, span=span, source_line=lines[span.line]))
    return tuple(sorted(placed, key=lambda d: (d.span or Span(0, 0, 0, 0), d.code, d.message)))
