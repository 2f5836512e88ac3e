"""A spec followed as its file is saved: its page, and what is wrong with it now."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from nnspec.cli.arguments.tables import UserTable
from nnspec.cli.reporters.diagnostics import report_text
from nnspec.cli.work.spec_page import page_of
from nnspec.diagnostics import NnspecError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import printable
from nnspec.loading import Loaded, check_bytes, read_limited, usable
from nnspec.spec.model import NetworkSpec
from nnspec.views.page import waiting_html

Stamp: TypeAlias = tuple[tuple[str, tuple[int, int, int] | None], ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """What a file is, at one moment.

    Parameters
    ----------
    page
        The page of the last version without faults; before there is one, a page that waits.
    version
        Names the content of the spec, its weight files and the table.
    diagnostics
        What is wrong with this version, as text; None if nothing is.
    """

    page: str
    version: str
    diagnostics: str | None


class Follower:
    """Reads a spec again when its file has changed; safe to ask from several threads.

    Parameters
    ----------
    spec
        Path of the spec.
    data
        A table whose rows the page shows, or None.
    max_examples
        How many inputs to try for each property.
    """

    def __init__(
        self, spec: str, data: UserTable | None, max_examples: int, limits: Limits
    ) -> None:
        self._spec, self._data = spec, data
        self._max_examples, self._limits = max_examples, limits
        self._beside: tuple[str, ...] = ()
        self._stamp: Stamp | None = None
        self._lock = threading.Lock()
        self._found = Followed(waiting_html(Path(spec).name), "", None)
        self._built = ""

    def look(self) -> Followed:
        """What the file is now; a page is made once for each version."""
        with self._lock:
            # Taken before the file is read: a change in between is seen at the next look.
            stamp = self._stamps()
            if stamp != self._stamp:
                self._stamp = stamp
                self._read()
            return self._found

    def _stamps(self) -> Stamp:
        return tuple((path, _stamp(path)) for path in self._paths())

    def _paths(self) -> list[str]:
        return [self._spec, *(() if self._data is None else (self._data.path,)), *self._beside]

    def _read(self) -> None:
        try:
            content = read_limited(self._spec, self._limits)
        except OSError as error:  # gone for an instant, as some editors save
            self._fail("", f"{error.strerror or error}: {self._spec}")
            return
        loaded = check_bytes(content, self._spec, self._limits, Path(self._spec).parent)
        if loaded.spec is not None:
            folder = Path(self._spec).parent
            beside = [str(folder / given.file) for _, _, given in loaded.spec.weight_files()]
            self._beside = tuple(beside)
        version = self._version(content)
        if version == self._found.version:
            return
        if not loaded.ok:
            self._fail(version, _text(loaded))
        elif version == self._built:
            self._found = Followed(self._found.page, version, None)
        else:
            self._build(usable(loaded), version)

    def _version(self, content: bytes) -> str:
        rest = self._stamps()[1:]
        return hashlib.sha256(content + repr(rest).encode()).hexdigest()[:32]

    def _build(self, spec: NetworkSpec, version: str) -> None:
        try:
            page = page_of(spec, self._data, self._max_examples, live=True, version=version)
        except (NnspecError, OSError) as error:
            self._fail(version, printable(f"{error}"))
        except Exception as error:
            # In a server's thread it would be lost, and the old page taken for the new one.
            self._fail(version, printable(f"internal error, {type(error).__name__}: {error}"))
        else:
            self._found = Followed(page, version, None)
            self._built = version

    def _fail(self, version: str, text: str) -> None:
        self._found = Followed(self._found.page, version, text)


def _stamp(path: str) -> tuple[int, int, int] | None:
    """What changes when a file is written or replaced; None while there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 -- a path may hold anything; only its stamp matters
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _text(loaded: Loaded) -> str:
    """The diagnostics as ``nnspec validate`` prints them."""
    text = io.StringIO()
    report_text(loaded.diagnostics, text, "never")
    return text.getvalue().rstrip()
