"""The spec files that a verb's arguments name: files, folders, globs, standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import counted

if TYPE_CHECKING:
    from nnspec.loading import Loaded
    from nnspec.network import Network
    from nnspec.spec.model import NetworkSpec

SPEC_ENDINGS = (".yaml", ".yml")

STDIN = "<stdin>"


def check_spec(path: str, limits: Limits, *, warnings: bool = True) -> Loaded:
    """Judge one spec file; ``-`` is standard input."""
    from nnspec.loading import check_bytes, check_file

    if path == "-":
        return check_bytes(read_standard_input(limits), STDIN, limits, warnings=warnings)
    return check_file(path, limits, warnings=warnings)


def read_standard_input(limits: Limits) -> bytes:
    """The spec on standard input, but no more than one byte beyond the limit.

    Raises
    ------
    CannotError
        If it is closed.
    """
    if sys.stdin is None or sys.stdin.closed:
        raise CannotError("standard input is closed")
    return sys.stdin.buffer.read(limits.spec_bytes + 1)


def checked_specs(paths: Iterable[str], limits: Limits) -> Iterator[tuple[str, Loaded | None]]:
    """Judge files one by one; of one that cannot be read, that is said, and None stands for it."""
    for path in paths:
        try:
            yield path, check_spec(path, limits)
        except OSError as error:
            print(f"nnspec: {error.strerror or error}: {path}", file=sys.stderr)
            yield path, None


def usable_spec(path: str, limits: Limits) -> NetworkSpec:
    """The spec of one file; raises SpecError if it has errors."""
    from nnspec.loading import usable

    return usable(check_spec(path, limits, warnings=False))


def load_network(path: str, limits: Limits) -> Network:
    """The network of one file; raises SpecError if it has errors."""
    from nnspec.network import Network

    return Network.from_checked(usable_spec(path, limits))


def found_specs(specs: Sequence[str]) -> Iterator[str]:
    """The files that the arguments name; each once."""
    seen: set[str] = set()
    for given in specs:
        for path in _of_argument(given):
            if path not in seen:
                seen.add(path)
                yield path


def _of_argument(given: str) -> list[str]:
    if given == "-":
        return [given]
    if Path(given).is_dir():
        return _of_folder(given)
    if not Path(given).exists() and glob.has_magic(given):
        matches = sorted(glob.glob(given, recursive=True))  # noqa: PTH207 -- a pattern may be absolute
        if not matches:
            raise CannotError(f"nothing matches {given}")
        return [match for match in matches if not Path(match).is_dir()]
    return [given]


def _of_folder(folder: str) -> list[str]:
    found: list[str] = []
    skipped = 0
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(files):
            path = str(Path(root) / name)
            if name.endswith(SPEC_ENDINGS):
                if _is_spec(path):
                    found.append(path)
                else:
                    skipped += 1
    if skipped:
        print(
            f"nnspec: skipped {counted(skipped, 'YAML file')} under {folder} "
            "without an 'nnspec:' key",
            file=sys.stderr,
        )
    if not found:
        raise CannotError(f"no specs under {folder}")
    return found


def _is_spec(path: str) -> bool:
    """Whether a YAML file in a folder means to be a spec; an unreadable one is not passed over."""
    if path.endswith((".nnspec.yaml", ".nnspec.yml")):
        return True
    try:
        with Path(path).open("rb") as file:
            return any(line.startswith(b"nnspec:") for line in file.read(2**16).splitlines())
    except OSError:
        return True
