"""Output of a verb that is at hand in one piece: it appears whole or not at all."""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import did_you_mean, quote

READABLE = ("text", "json", "markdown", "svg", "dot")
"""Formats that a terminal may be shown."""


def write_whole(
    output: str | None,
    content: bytes | memoryview,
    inputs: Sequence[str] = (),
    *,
    form: str = "text",
) -> None:
    """Write to a file, or to standard output where none is named.

    Parameters
    ----------
    output
        The file.
    content
        All of it.
    inputs
        Files that were read, and are not to be written over.
    form
        What it is: a terminal is shown only what a person reads there.

    Raises
    ------
    OutputError
        If it cannot be written, or is one of the inputs.
    CannotError
        If it would go to a terminal, and is nothing to read there.
    """
    if output is None and form not in READABLE and sys.stdout.isatty():
        raise CannotError(f"{form.upper()} is not for a terminal; name a file: -o FILE")
    from nnspec.tables.write.targets import STDOUT, open_target

    target = open_target(STDOUT if output is None else output, inputs)
    try:
        target.write(content)
        target.commit()
    except BaseException:
        target.abort()
        raise


def write_together(files: Sequence[tuple[str, bytes | memoryview]]) -> None:
    """Write several files, all of them or none: at a failure the old ones stand as they stood.

    Raises
    ------
    OutputError
        If one cannot be written.
    """
    from nnspec.tables.write.targets import open_target

    with ExitStack() as closing, ExitStack() as undoing:
        targets = []
        for path, content in files:
            targets.append(open_target(path))
            undoing.callback(targets[-1].abort)
            targets[-1].write(content)
        for (path, _), target in zip(files, targets, strict=True):
            kept = _second_name(Path(path))
            if kept is not None:
                closing.callback(kept.unlink, missing_ok=True)
            target.commit()
            undoing.callback(_put_back, Path(path), kept)
        undoing.pop_all()


def _second_name(place: Path) -> Path | None:
    """Another name for what stands in a place, by which it can be put back; None for nothing."""
    if not place.exists():
        return None
    kept = place.with_name(f".nnspec-{secrets.token_hex(8)}.kept")
    try:
        kept.hardlink_to(place)
    except OSError:  # a file system without second names
        shutil.copy2(place, kept)
    return kept


def _put_back(place: Path, kept: Path | None) -> None:
    if kept is None:
        place.unlink(missing_ok=True)
    else:
        kept.replace(place)


def form_of_ending(output: str | None, forms: Sequence[str]) -> str:
    """The format that a file's name ends in; on standard output, the first.

    Raises
    ------
    CannotError
        If there is no such format.
    """
    if output is None or output == "-":
        return forms[0]
    ending = Path(output).suffix.removeprefix(".").lower()
    if ending not in forms:
        near = did_you_mean(ending, forms)
        raise CannotError(f"no format {quote(ending)} for {output}; {near}")
    return ending
