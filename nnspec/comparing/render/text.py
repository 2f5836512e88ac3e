"""A comparison as text for a terminal: the summary first, then the outputs, then by neuron."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nnspec.comparing.effects.data import Bar, Comparison, MovedRow, OutputChange, TableOutput
from nnspec.comparing.render.sections import Line, Section, sections
from nnspec.comparing.render.wording import fixed_pair, moved_outputs, signed_fixed, summary
from nnspec.diagnostics.suggestions import counted, printable
from nnspec.views.numbers import exact_text

BAR_WIDTH = 40

LONGEST_VALUE = 40
"""Longer values stand on lines of their own; one alone may be twice as long."""


def text_lines(comparison: Comparison) -> Iterator[str]:
    """The comparison, line by line; nothing in it can move a terminal's cursor."""
    for line in _lines(comparison):
        yield printable(line).rstrip()


def _lines(comparison: Comparison) -> Iterator[str]:
    yield heading(comparison)
    yield from (f"  {line}" for line in summary(comparison))
    effect = comparison.effect
    moved = moved_outputs(comparison)
    if moved or effect.notes:
        yield ""
        yield "outputs, over the inputs"
        yield from (f"  {note}" for note in effect.notes)
        for output in moved:
            yield from _output(comparison, output)
    if effect.table is not None:
        yield from _table(comparison)
    for section in sections(comparison.differences):
        yield ""
        yield from _section(section)


def heading(comparison: Comparison) -> str:
    """The networks' names, and their files where the names do not tell them apart."""
    old, new = comparison.old, comparison.new
    if old is None or new is None:
        name, what = (new, "is new") if old is None else (old, "is gone")
        return f"{name} {what}"
    return f"{old} -> {new}" if old != new else f"{old}"


def _output(comparison: Comparison, output: OutputChange) -> Iterator[str]:
    name = (
        output.name if output.name == output.old_name else f"{output.name}, was {output.old_name}"
    )
    tried = f"of {counted(output.n_inputs, 'input')} tried"
    old, new = fixed_pair(output.old, output.new)
    unit = f" {output.unit}" if output.unit else ""
    if output.old is None or output.new is None:
        yield f"  {name}: {old} -> {new}{unit}"
    else:
        yield f"  {name}: {old} -> {new}{unit}, {signed_fixed(output.new - output.old)}"
    yield f"    at {row_text(output.row, comparison.units)}"
    yield f"    the largest change {tried}"


def row_text(row: Mapping[str, Any], units: Mapping[str, str]) -> str:
    """A row in names and units, every number to the last digit."""
    return ", ".join(
        [f"{name} {exact_text(value)}" + (f" {units[name]}" if name in units else "")
         for name, value in row.items()]
    )  # fmt: skip


# -- a table --------------------------------------------------------------------------------------


def _table(comparison: Comparison) -> Iterator[str]:
    table = comparison.effect.table
    if table is None:
        return
    yield ""
    yield f"outputs, over {table.file}"
    yield f"  {compared_text(comparison)}"
    yield from (f"    {fault}" for fault in table.faults)
    for output in table.outputs:
        yield f"  {output.name}: {moved_text(comparison, output)}"
        if output.bars:
            yield from (f"    {line}" for line in bar_lines(output))
            yield "    rows that move most"
            yield from (f"      {line}" for line in _top(output.top))


def compared_text(comparison: Comparison) -> str:
    """How many rows of the table were compared, and why not all."""
    table = comparison.effect.table
    if table is None:
        return ""
    said = [f"{counted(table.rows, 'row')}, {table.compared:,} compared"]
    for count, what in (
        (table.bad, "that neither network can value"),
        (table.only_old, "that only the old network can value"),
        (table.only_new, "that only the new network can value"),
    ):
        said += [f"{count:,} {what}"] if count else []
    return "; ".join(said)


def moved_text(comparison: Comparison, output: TableOutput) -> str:
    """What became of one output in a table, in one line."""
    table = comparison.effect.table
    compared = 0 if table is None else table.compared
    beyond = f" by more than {exact_text(comparison.tolerance)}" if comparison.tolerance else ""
    if not output.moved:
        return f"moves in no row{beyond}"
    unit = f" {output.unit}" if output.unit else ""
    share = f" ({100 * output.moved / compared:.3g} %)" if compared else ""
    return (
        f"moves{beyond} in {counted(output.moved, 'row')}{share}, up in {output.rose:,} and down "
        f"in {output.fell:,}; on average by {signed_fixed(output.mean, 4)}{unit}, at most by "
        f"{signed_fixed(output.largest)}{unit}"
    )


def bar_lines(output: TableOutput) -> Iterator[str]:
    """The histogram of an output's changes, as bars."""
    labels = [bar_label(bar) for bar in output.bars]
    width = max(map(len, labels))
    counts = [f"{bar.rows:,}" for bar in output.bars]
    digits = max(map(len, counts))
    most = max(bar.rows for bar in output.bars)
    for bar, label, count in zip(output.bars, labels, counts, strict=True):
        length = max(round(BAR_WIDTH * bar.rows / most), min(bar.rows, 1))
        yield f"{label.rjust(width)}  {count.rjust(digits)} rows  {'#' * length}"


def bar_label(bar: Bar) -> str:
    """The changes that a bar counts."""
    if bar.low is None and bar.high is None:
        return "any change"
    if bar.low is None or bar.high is None:
        return f"below {_edge(bar.high)}" if bar.low is None else f"{_edge(bar.low)} and more"
    return f"{_edge(bar.low)} to {_edge(bar.high)}"


def _edge(edge: float | None) -> str:
    return "" if edge is None else signed_fixed(edge) if edge else "0"


def _top(rows: Sequence[MovedRow]) -> Iterator[str]:
    if not rows:
        return
    names = list(rows[0].values)
    cells = [["row", *names, "old", "new", "change"]]
    for row in rows:
        values = [exact_text(row.values[name]) for name in names]
        old, new = fixed_pair(row.old, row.new)
        cells.append([f"{row.row:,}", *values, old, new, signed_fixed(row.new - row.old)])
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    for line in cells:
        yield "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))


# -- what the specs say ---------------------------------------------------------------------------


def _section(section: Section) -> Iterator[str]:
    yield f"{section.kind} {section.name}".strip()
    lines = [_with_group(line, section.lines) for line in section.lines]
    group = ""
    for line in lines:
        if line.group and line.group != group:
            yield f"  {line.group}"
        group = line.group
        same = [other for other in lines if other.group == group]
        yield from (("    " if group else "  ") + text for text in _line(line, same))


def _with_group(line: Line, lines: Sequence[Line]) -> Line:
    """A line that is alone under its heading, with the heading in it."""
    if not line.group or sum(other.group == line.group for other in lines) > 1:
        return line
    return replace(line, what=f"{line.group}: {line.what}", group="")


def _line(line: Line, together: Sequence[Line]) -> Iterator[str]:
    """A difference on one line, or old and new on lines of their own where they are long."""
    short = [other for other in together if not _is_long(other)]
    width = max((len(other.what) for other in short), default=0)
    pairs = [other for other in short if other.old and other.new]
    left = max((len(other.old) for other in pairs), default=0)
    right = max((len(other.new) for other in pairs), default=0)
    if not _is_long(line):
        yield f"{line.mark} {line.what.ljust(width)}  {_values(line, left, right)}"
        return
    yield f"{line.mark} {line.what}" + (f"  {line.remark}" if line.remark else "")
    # Marks of their own tell old from new; a thing that is in one spec only has its mark already.
    both = bool(line.old and line.new)
    yield from (f"    {'- ' if both else ''}{text}" for text in [line.old] if text)
    yield from (f"    {'+ ' if both else ''}{text}" for text in [line.new] if text)


def _is_long(line: Line) -> bool:
    most = LONGEST_VALUE if line.old and line.new else 2 * LONGEST_VALUE
    return max(len(line.old), len(line.new)) > most


def _values(line: Line, left: int, right: int) -> str:
    if line.old and line.new:
        said = f"{line.old.rjust(left)} -> {line.new.ljust(right)}"
    else:
        said = line.old or line.new
    return f"{said}  {line.remark}" if line.remark and said else said or line.remark
