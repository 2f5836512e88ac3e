"""Where a table is written: a file that appears whole or not at all, or a stream.

A regular file is written beside its place under another name, brought to the disk, and renamed at
the end; until then what stood there still stands. It keeps the mode of the file it replaces, not
the owner, and other names of that file (hard links) keep the old contents. A symbolic link is
refused: neither the link nor what it points to is replaced by surprise. Devices, pipes and open
descriptors (``/dev/stdout``, ``/dev/fd/3``, a FIFO) are written to directly.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.errors import OutputError

STDOUT = "-"
"""The path that means standard output."""

_DESCRIPTORS = re.compile(r"/dev/(stdin|stdout|stderr)|(?:/dev/fd|/proc/self/fd)/([0-9]+)")
_STANDARD = {"stdin": 0, "stdout": 1, "stderr": 2}
_HINTS = {
    errno.ENOSPC: "free some space, or write elsewhere",
    errno.EDQUOT: "free some of your quota, or write elsewhere",
    errno.EFBIG: "files may not grow so large here: see 'ulimit -f'",
    errno.EROFS: "write elsewhere: this file system is read-only",
}


class Target(Protocol):
    """Bytes in, and at the end either all of them or none."""

    name: str

    def write(self, data: bytes | memoryview, /) -> int:
        """Write all the bytes; how many they were."""

    def commit(self) -> None:
        """Make what was written final."""

    def abort(self) -> None:
        """Leave things as they were, as far as that can be; it never raises."""


def open_target(path: str, inputs: Sequence[str] = ()) -> Target:
    """Open the place of an output, after checking all that can be known before writing.

    Parameters
    ----------
    path
        A file, or ``-`` for standard output.
    inputs
        Files that are still being read, and so must not be replaced.

    Raises
    ------
    OutputError
        If it cannot be written, is one of the inputs, or is a symbolic link.
    """
    if path == STDOUT:
        return StreamTarget("standard output", _standard_output())
    descriptor = _DESCRIPTORS.fullmatch(path)
    with _reported(path):
        if descriptor is not None:
            standard, number = descriptor.groups()
            copy = os.dup(_STANDARD[standard] if standard else int(number))
            return StreamTarget(path, os.fdopen(copy, "wb", buffering=0))
        place = Path(path)
        if place.is_symlink():
            message = f"{quote(path)} is a symbolic link to {quote(str(place.readlink()))}"
            raise OutputError(message, "name the file itself, or remove the link")
        mode = place.stat().st_mode if place.exists() else None
        if mode is not None and (stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)):
            return StreamTarget(path, place.open("wb", buffering=0))
        _check_place(path, place, mode, inputs)
        return FileTarget(place, None if mode is None else stat.S_IMODE(mode))


def same_file(one: str, other: str) -> bool:
    """Whether two paths lead to one place; neither need exist, and a link is what it leads to."""
    if STDOUT in (one, other):
        return one == other
    return os.path.realpath(one) == os.path.realpath(other) or (
        Path(one).exists() and Path(other).exists() and Path(one).samefile(other)
    )


def _standard_output() -> BinaryIO:
    if sys.stdout is None or sys.stdout.closed:
        raise OutputError("standard output is closed", "name a file: -o FILE")
    sys.stdout.flush()
    return sys.stdout.buffer


def _check_place(path: str, place: Path, mode: int | None, inputs: Sequence[str]) -> None:
    parent = place.parent
    if not parent.is_dir():
        raise OutputError(
            f"{quote(path)} cannot be written: there is no folder {quote(str(parent))}"
        )
    if mode is None:
        if path.endswith(os.sep):
            raise OutputError(f"{quote(path)} is a folder's name", "name a file in it")
        return
    if stat.S_ISDIR(mode):
        raise OutputError(f"{quote(path)} is a folder", "name a file in it")
    if not stat.S_ISREG(mode):
        raise OutputError(f"{quote(path)} is no regular file", "name another file")
    if not os.access(place, os.W_OK):
        raise OutputError(f"{quote(path)} may not be written: it is read-only", "name another file")
    for source in inputs:
        if source != "-" and same_file(path, source):
            message = f"{quote(path)} is also read: {quote(source)} is the same file"
            raise OutputError(message, "write to another file")


@contextmanager
def _reported(name: str) -> Iterator[None]:
    """Report what the operating system refuses; a reader that went away is no fault."""
    try:
        yield
    except (BrokenPipeError, OutputError):
        raise
    except OSError as error:
        number = 0 if error.errno is None else error.errno
        reason = error.strerror or str(error)
        message = f"{name if name.isprintable() else quote(name)} cannot be written: {reason}"
        raise OutputError(message, _HINTS.get(number, "")) from error


def _write_all(stream: BinaryIO, data: bytes | memoryview) -> int:
    # An unbuffered file may take a part only.
    rest = memoryview(data)
    while rest:
        written = stream.write(rest)
        rest = rest[len(rest) if written is None else written :]
    return len(data)


class StreamTarget:
    """Standard output, a pipe or a device: written as it comes."""

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.name = name
        self._stream = stream
        self._owned = stream is not getattr(sys.stdout, "buffer", None)

    def write(self, data: bytes | memoryview, /) -> int:
        """Write all the bytes; how many they were."""
        with _reported(self.name):
            return _write_all(self._stream, data)

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return self._stream.isatty()

    def commit(self) -> None:
        """Hand on what is still in a buffer."""
        with _reported(self.name):
            self._stream.flush()
            if self._owned:
                self._stream.close()

    def abort(self) -> None:
        """Close it; what was written cannot be taken back."""
        if self._owned:
            with suppress(OSError):
                self._stream.close()


class FileTarget:
    """A regular file, written beside its place and renamed at the end.

    Parameters
    ----------
    place
        Where the file shall stand.
    mode
        The mode of the file that stands there now, if one does.
    """

    def __init__(self, place: Path, mode: int | None) -> None:
        self.name = str(place)
        self._place = place
        # A short name of its own: two processes may write the same file, and one of them wins.
        self._part = place.with_name(f".nnspec-{secrets.token_hex(8)}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(self._part, flags, 0o666)
        self._stream = os.fdopen(descriptor, "wb", buffering=0)
        try:
            if mode is not None:
                self._part.chmod(mode)
        except OSError:
            self.abort()
            raise

    def write(self, data: bytes | memoryview, /) -> int:
        """Write all the bytes; how many they were."""
        with _reported(self.name):
            return _write_all(self._stream, data)

    def commit(self) -> None:
        """Bring the bytes to the disk and give them their name."""
        with _reported(self.name):
            os.fsync(self._stream.fileno())
            self._stream.close()
            self._part.replace(self._place)
            _sync_folder(self._place.parent)

    def abort(self) -> None:
        """Remove what was written."""
        with suppress(OSError):
            self._stream.close()
        with suppress(OSError):
            self._part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    # The file is whole either way; some file systems cannot sync a folder.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
