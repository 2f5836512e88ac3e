"""What ``nnspec diff`` does: read both specs, compare them, look at the outputs, and report."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from nnspec.claims import Options as Search
from nnspec.cli.arguments.specs import STDIN, read_standard_input
from nnspec.cli.reporters.diagnostics import report_text
from nnspec.cli.streams.exit_status import FAILED, FAULTY, FINE, with_help
from nnspec.cli.streams.progress import Progress
from nnspec.cli.streams.terminal import hidden_escaped
from nnspec.comparing import Renames, compare, match
from nnspec.comparing.effects import pair_of, search_effect, table_effect
from nnspec.comparing.effects.data import Comparison, Effect
from nnspec.comparing.effects.output_changes import Told
from nnspec.comparing.render.as_json import to_json
from nnspec.comparing.render.markdown import markdown_lines
from nnspec.comparing.render.text import text_lines
from nnspec.diagnostics import CannotError, SpecError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import printable
from nnspec.loading import check_bytes, read_limited, usable
from nnspec.network import Network
from nnspec.spec.model import NetworkSpec
from nnspec.tables.errors import TableError

NOWHERE = frozenset({os.devnull, "/dev/null", "nul"})
"""Files that stand for a spec that does not exist, as git writes them."""

GIT_ARGUMENTS = (7, 9)
"""path old-file old-hex old-mode new-file new-hex new-mode, and for a renamed file two more."""

Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FilePair:
    """Which two files to compare.

    Parameters
    ----------
    old, new
        The files to read.
    shown
        The path to name instead, where git hands over temporary files.
    """

    old: str
    new: str
    shown: str | None = None

    @property
    def is_git(self) -> bool:
        """Whether git calls, in the manner of GIT_EXTERNAL_DIFF."""
        return self.shown is not None


def run_diff(files: Sequence[str], limits: Limits, options: Options) -> int:
    """Run ``nnspec diff``; give its exit status."""
    if len(files) == 1 and "GIT_DIFF_PATH_COUNTER" in os.environ:
        click.echo(f"{printable(files[0])}: not merged; nothing to compare")
        return FINE
    request = _pair(files)
    try:
        comparison = _compared(request, limits, options)
    except SpecError as error:
        return _unreadable(request, error)
    for line in _report(comparison, request, options["form"]):
        click.echo(line)
    wants_status = options["exit_code"]
    if wants_status is None:
        wants_status = not request.is_git
    return FAULTY if wants_status and comparison.differs else FINE


def _pair(files: Sequence[str]) -> FilePair:
    if len(files) == 2:
        return FilePair(files[0], files[1])
    if len(files) in GIT_ARGUMENTS:
        return FilePair(files[1], files[4], files[7] if len(files) > 7 else files[0])
    raise click.UsageError("name two specs, OLD and NEW (or the seven arguments that git passes)")


def _unreadable(request: FilePair, error: SpecError) -> int:
    """Say what is wrong with a spec; git goes on with the next file all the same."""
    stream = sys.stdout if request.is_git else sys.stderr
    report_text(error.diagnostics, stream)
    print("nnspec: the specs cannot be compared: one has faults", file=stream)
    return FINE if request.is_git else FAILED


def _report(comparison: Comparison, request: FilePair, form: str) -> Iterator[str]:
    if form == "json":
        yield hidden_escaped(to_json(comparison))
        return
    if request.is_git and form == "text":
        yield printable(f"nnspec diff {request.shown}")
    yield from markdown_lines(comparison) if form == "markdown" else text_lines(comparison)


# -- reading --------------------------------------------------------------------------------------


def _read(path: str, request: FilePair, limits: Limits) -> NetworkSpec | None:
    """The spec of a file; None for one that does not exist."""
    if path in NOWHERE:
        return None
    shown = path if request.shown is None else request.shown
    if path == "-":
        content = read_standard_input(limits)
        return usable(check_bytes(content, STDIN, limits, Path(), warnings=False))
    # Weight files stand beside the spec, not beside git's copy of it.
    folder = Path(shown).parent
    content = read_limited(path, limits)
    return usable(check_bytes(content, shown, limits, folder, warnings=False))


def _compared(request: FilePair, limits: Limits, options: Options) -> Comparison:
    if request.old == request.new == "-":
        raise click.UsageError("standard input can be OLD or NEW, not both")
    table = options["table"]
    if table is not None and table.path == "-" and "-" in (request.old, request.new):
        raise click.UsageError("standard input can be a spec or the table, not both")
    if not math.isfinite(options["tolerance"]):
        raise click.UsageError("the tolerance is to be a finite number")
    old, new = [_read(path, request, limits) for path in (request.old, request.new)]
    if old is None or new is None:
        return _one_sided(old, new, request, options)
    to = match(old, new)
    units = {item.name: item.unit for spec in (old, new) for item in spec.inputs
             if item.unit is not None}  # fmt: skip
    return Comparison(
        old=old.name,
        new=new.name,
        old_file=request.old if request.shown is None else request.shown,
        new_file=request.new if request.shown is None else request.shown,
        differences=compare(old, new, to),
        effect=_effect(old, new, to, options),
        tolerance=options["tolerance"],
        units=units,
    )


def _one_sided(
    old: NetworkSpec | None, new: NetworkSpec | None, request: FilePair, options: Options
) -> Comparison:
    """A spec that came or went: everything in it did."""
    spec = old if old is not None else new
    if spec is None:
        raise CannotError("neither spec exists; at least one of OLD and NEW is to be a file")
    nothing = NetworkSpec(spec.name, (), ())
    first, second = (nothing, spec) if old is None else (spec, nothing)
    reason = "there is no old network" if old is None else "there is no new network"
    return Comparison(
        old=None if old is None else old.name,
        new=None if new is None else new.name,
        old_file=request.old,
        new_file=request.new,
        differences=compare(first, second, Renames()),
        effect=Effect(reason=reason),
        tolerance=options["tolerance"],
    )


# -- the outputs ----------------------------------------------------------------------------------


def _effect(old: NetworkSpec, new: NetworkSpec, to: Renames, options: Options) -> Effect:
    pair = pair_of(Network.from_checked(old), Network.from_checked(new), to)
    kept = set(pair.old_names.values())
    removed = tuple([name for name in old.output_names if name not in kept])
    search = Search(max_examples=options["max_examples"], seed=options["seed"])
    effect = search_effect(pair, removed, search)
    if options["table"] is None:
        return effect
    return replace(effect, table=_table(pair, options))


def _table(pair: Any, options: Options) -> Any:
    told = Told(options["tolerance"], options["top"])
    try:
        with options["table"].open() as source, Progress(quiet=False) as progress:
            return table_effect(
                pair, source, told, on_batch=lambda n: progress.update(n, source.share_read)
            )
    except TableError as error:
        # A table that cannot be read says nothing about the networks: exit 2, not 1.
        raise CannotError(with_help(error)) from error
