"""``nnspec validate``: every fault of a spec, with its place."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from nnspec.cli.faults import FAILED, FAULTY, FINE
from nnspec.cli.options import color_option, limit_option
from nnspec.diagnostics import CannotError
from nnspec.limits import Limits
from nnspec.loading import Loaded, check_bytes, check_file
from nnspec.suggestions import counted

SPEC_ENDINGS = (".yaml", ".yml")

STDIN = "<stdin>"


@click.command("validate")
@click.argument(
    "specs", nargs=-1, required=True, metavar="SPEC...", type=click.Path(allow_dash=True)
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="How to report.",
)
@click.option("--strict", is_flag=True, help="Warnings fail, too.")
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="How many diagnostics to print as text; all are counted.",
)
@color_option
@limit_option
def command(
    specs: Sequence[str], form: str, strict: bool, most: int, color: str, limits: Limits
) -> int:
    """Check specs and report every fault with its place.

    \b
    nnspec validate specs/property-valuation.yaml
    nnspec validate --strict --format github specs/

    SPEC is a file, a folder (every YAML file under it that has an 'nnspec:' key or whose name ends
    in .nnspec.yaml), a glob in quotes, or - for standard input.
    """
    from nnspec.cli.reporters import REPORTERS, report_text, summary

    loaded: list[Loaded] = []
    unreadable = 0
    for path in _found(specs):
        try:
            loaded.append(_check(path, limits))
        except OSError as error:
            unreadable += 1
            print(f"nnspec: {error.strerror or error}: {path}", file=sys.stderr)
    diagnostics = [diagnostic for one in loaded for diagnostic in one.diagnostics]
    counts = summary(diagnostics, len(loaded))
    if form == "text":
        report_text(diagnostics, sys.stdout, color, most)
        if loaded:
            print(_counted(counts))
    else:
        text = REPORTERS[form](diagnostics, len(loaded))
        if text:
            print(text)
    if unreadable:
        return FAILED
    return FAULTY if counts["errors"] or (strict and counts["warnings"]) else FINE


def _check(path: str, limits: Limits) -> Loaded:
    if path == "-":
        return check_bytes(sys.stdin.buffer.read(limits.spec_bytes + 1), STDIN, limits)
    return check_file(path, limits)


def _counted(counts: dict[str, int]) -> str:
    files = counted(counts["files"], "spec")
    if not counts["errors"] and not counts["warnings"]:
        return f"{files}: no faults"
    said = [counted(counts[key], key[:-1]) for key in ("errors", "warnings") if counts[key]]
    return f"{files}: {' and '.join(said)}"


def _found(specs: Sequence[str]) -> Iterator[str]:
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
