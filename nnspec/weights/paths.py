"""From the path that a spec gives to an open file, inside the spec's folder and nowhere else.

The path is judged as text first, so that it means the same on every system; then links are
resolved and the result must still be inside; then the file is opened step by step without
following any link, so that nothing can be swapped in between; and what was opened must be a
regular file with no second name.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import nearest, quote
from nnspec.weights.errors import WeightFileError

DRIVE = re.compile(r"[A-Za-z]:")

INSIDE = "put the file into the spec's folder, or below it, and give its path from there"

MOST_NAMES = 1000
"""So many names of a folder are looked at for one that is like the one given."""

_NO_FOLLOW = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def path_fault(file: str) -> str | None:
    """Why a path is none from a spec's folder downwards; None if it is one.

    Examples
    --------
    >>> path_fault("weights/w.npy") is None
    True
    >>> path_fault("../w.npy"), path_fault("C:w.npy")
    ("has '..' in it", 'begins with a drive')
    """
    if file.startswith("/"):
        return "is absolute"
    if "\\" in file:
        return "has a backslash in it"
    if DRIVE.match(file):
        return "begins with a drive"
    if file.startswith("~"):
        return "begins with '~'"
    if any(".." in (step, unquote(step)) for step in file.split("/")):
        return "has '..' in it"
    if "\0" in file or not file:
        return "is no path"
    return None


@contextmanager
def open_inside(folder: Path, file: str, limits: Limits) -> Iterator[tuple[int, int]]:
    """Open a weight file; give its descriptor and its size in bytes.

    Raises
    ------
    WeightFileError
        If the path leaves the folder, or what is there is no file that can be read.
    """
    fault = path_fault(file)
    if fault is not None:
        message = f"the path {quote(file)} {fault}; a weight file never lies outside the folder"
        raise WeightFileError("NS603", message, INSIDE)
    try:
        descriptor = _open(folder, file)
    except (OSError, ValueError) as error:
        raise _unreadable(folder, file, error) from None
    try:
        yield descriptor, _judged_size(descriptor, file, limits)
    finally:
        os.close(descriptor)


def _open(folder: Path, file: str) -> int:
    root = os.path.realpath(folder)
    target = os.path.realpath(os.path.join(root, file))  # noqa: PTH118 -- text, not yet a path
    if os.path.commonpath([root, target]) != root:
        message = f"{quote(file)} is a link that leads outside the spec's folder"
        raise WeightFileError("NS603", message, "put the file itself there: copy it")
    if os.open not in os.supports_dir_fd:
        return os.open(target, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    return _open_steps(root, Path(target).relative_to(root).parts)


def _open_steps(root: str, steps: Sequence[str]) -> int:
    """Open a file below a folder, following no link on the way."""
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for step in steps[:-1]:
            inner = os.open(step, _NO_FOLLOW | os.O_DIRECTORY, dir_fd=at)
            os.close(at)
            at = inner
        # Opening a named pipe waits for a writer, for ever if there is none.
        return os.open(steps[-1], _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0), dir_fd=at)
    finally:
        os.close(at)


def _judged_size(descriptor: int, file: str, limits: Limits) -> int:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or a device"
        raise WeightFileError("NS604", f"{quote(file)} is {kind}, not a file")
    if found.st_nlink > limits.links:
        message = (
            f"{quote(file)} is one of {found.st_nlink} names of the same file (hard links), "
            "so it may be a file of another folder"
        )
        mend = f"copy the file, or allow it with --limit links={found.st_nlink}"
        raise WeightFileError("NS603", message, mend)
    return found.st_size


def _unreadable(folder: Path, file: str, error: Exception) -> WeightFileError:
    if isinstance(error, FileNotFoundError):
        message = f"there is no file {quote(file)} beside the spec"
        return WeightFileError("NS604", message, _similar(folder, file))
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return WeightFileError("NS603", f"{quote(file)} is a link that cannot be followed", INSIDE)
    if isinstance(error, OSError) and error.strerror is not None:
        reason = error.strerror[0].lower() + error.strerror[1:]
        return WeightFileError("NS604", f"{quote(file)} cannot be read: {reason}")
    return WeightFileError("NS604", f"{quote(file)} cannot be the name of a file here")


def _similar(folder: Path, file: str) -> str:
    above, _, name = file.rpartition("/")
    names: list[str] = []
    with suppress(OSError), os.scandir(folder / above) as entries:
        for _, entry in zip(range(MOST_NAMES), entries, strict=False):
            names.append(entry.name)
    near = nearest(name, [name for name in names if name.endswith((".safetensors", ".npy"))])
    if near is None:
        return "the path is taken from the spec's folder"
    return f"did you mean {quote(f'{above}/{near}' if above else near)}?"
