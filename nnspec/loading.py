"""From a path, bytes or text to a :class:`~nnspec.spec.model.NetworkSpec` and its diagnostics."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from nnspec.diagnostics import (
    Diagnostic,
    Finding,
    Span,
    SpecError,
    errors,
)
from nnspec.diagnostics.limits import DEFAULT_LIMITS, MOST_FAULTS, Limits
from nnspec.spec.model import NetworkSpec
from nnspec.spec.reading import read_spec
from nnspec.text.document import Document
from nnspec.text.parsing import parse_bytes, parse_text
from nnspec.validation import Subject, run_rules, to_diagnostic
from nnspec.validation.consequences import Faults, is_own_fault
from nnspec.validation.rules.numbers import over_budget
from nnspec.validation.shape.schema import Located, check_shape


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
    return usable(check_file(path, limits, warnings=False))


def parse_spec(
    text: str,
    file: str = "<text>",
    limits: Limits = DEFAULT_LIMITS,
    folder: str | os.PathLike[str] | None = None,
) -> NetworkSpec:
    """Read a spec from YAML text; ``folder`` is where its weight files are.

    Raises
    ------
    SpecError
        If the spec has errors; its ``diagnostics`` say all that was found.
    """
    return usable(check_text(text, file, limits, folder, warnings=False))


def open_weights(
    spec: NetworkSpec, folder: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS
) -> NetworkSpec:
    """Open the weight files of a spec that was built in Python, from a folder.

    Raises
    ------
    SpecError
        If a file has faults or does not fit its layer, or the network is over its limits.
    """
    opened, found = _opened(spec, folder, limits)
    found += over_budget.check(Subject(opened, limits))
    if not found:
        opened, found = _judged_files(opened)
    if found:
        raise SpecError([to_diagnostic(finding, spec.name) for finding in found])
    return opened


def usable(loaded: Loaded) -> NetworkSpec:
    """The spec of a file without errors; otherwise raise them all."""
    if loaded.spec is None or not loaded.ok:
        raise SpecError(loaded.diagnostics)
    return loaded.spec


def check_file(
    path: str | os.PathLike[str], limits: Limits = DEFAULT_LIMITS, *, warnings: bool = True
) -> Loaded:
    """Read and judge a spec file; raises OSError only.

    Without ``warnings``, which take as long again, whoever only wants the spec is told of errors.
    """
    content = read_limited(path, limits)
    return check_bytes(content, os.fspath(path), limits, Path(path).parent, warnings=warnings)


def check_bytes(
    content: bytes,
    file: str,
    limits: Limits = DEFAULT_LIMITS,
    folder: str | os.PathLike[str] | None = None,
    *,
    warnings: bool = True,
) -> Loaded:
    """Judge the bytes of a spec, and the weight files it names; never raises on a bad spec.

    ``folder`` is where the weight files are; without it a spec may name none.
    """
    return _judge(parse_bytes(content, limits), file, limits, folder, warnings=warnings)


def check_text(
    text: str,
    file: str = "<text>",
    limits: Limits = DEFAULT_LIMITS,
    folder: str | os.PathLike[str] | None = None,
    *,
    warnings: bool = True,
) -> Loaded:
    """Judge the text of a spec, and the weight files it names; never raises on a bad spec.

    ``folder`` is where the weight files are; without it a spec may name none.
    """
    return _judge(parse_text(text, limits), file, limits, folder, warnings=warnings)


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


def _judge(
    document: Document, file: str, limits: Limits, folder: str | os.PathLike[str] | None,
    *, warnings: bool,
) -> Loaded:  # fmt: skip
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
        spec, by_content = _judge_content(
            spec, folder, limits, names_complete=faults.names_complete, warns=warnings and not found
        )
        for finding in by_content:
            if not faults.explain(finding):
                span = document.span(finding.path, key=finding.at == "key")
                found.append((_with_line(document, finding), span))
    return Loaded(file, spec, _diagnostics(document, file, found))


def _judge_content(
    spec: NetworkSpec,
    folder: str | os.PathLike[str] | None,
    limits: Limits,
    *,
    names_complete: bool,
    warns: bool,
) -> tuple[NetworkSpec, list[Finding]]:
    """What the rules find, and what is wrong with weight files, whose numbers come last."""
    spec, of_files = _opened(spec, folder, limits, names_complete=names_complete)
    subject = Subject(spec, limits, names_complete=names_complete)
    by_rules = list(islice(run_rules(subject, warnings=warns and not of_files), MOST_FAULTS))
    if folder is not None:  # a file that was not opened then has its fault in of_files
        by_rules = [finding for finding in by_rules if finding.code != "NS602"]
    if not any(finding.code == "NS507" for finding in by_rules):
        spec, of_numbers = _judged_files(spec)
        of_files += of_numbers
    return spec, by_rules + of_files


def _opened(
    spec: NetworkSpec,
    folder: str | os.PathLike[str] | None,
    limits: Limits,
    *,
    names_complete: bool = True,
) -> tuple[NetworkSpec, list[Finding]]:
    """The spec with the headers of its weight files read, and what is wrong with them."""
    if folder is None or next(spec.weight_files(), None) is None:
        return spec, []
    # NumPy takes a tenth of a second to import, and few specs need it here.
    from nnspec.weights.opening import open_headers

    return open_headers(spec, Path(folder), limits, names_complete=names_complete)


def _judged_files(spec: NetworkSpec) -> tuple[NetworkSpec, list[Finding]]:
    """The spec with the numbers of its opened weight files looked at, and what is wrong there."""
    if next(spec.weight_files(), None) is None:
        return spec, []
    from nnspec.weights.opening import check_contents

    return check_contents(spec)


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
