"""A comparison as Markdown for a review comment: summary first, long tables folded away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nnspec.comparing.effects.data import Comparison, OutputChange, TableOutput
from nnspec.comparing.render.sections import Line, Section, sections
from nnspec.comparing.render.text import bar_lines, compared_text, heading, moved_text, row_text
from nnspec.comparing.render.wording import fixed_pair, moved_outputs, signed_fixed, summary
from nnspec.views.escaping import code, prose
from nnspec.views.numbers import exact_text

FOLDED = frozenset({"network", "examples", "properties"})
"""Kinds of sections that stand behind a line to be opened: reviewers look at neurons first."""

MARKS = {"+": "added", "-": "removed", "~": "changed"}
"""What a line's mark means, in words."""


def markdown_lines(comparison: Comparison) -> Iterator[str]:
    """The comparison as lines of GitHub's Markdown."""
    yield f"### {_heading(comparison)}"
    yield ""
    first, *rest = summary(comparison)
    yield f"**{prose(first)}**"
    yield from _list(rest)
    effect = comparison.effect
    if moved_outputs(comparison) or effect.notes:
        yield ""
        yield from _outputs(comparison)
    if effect.table is not None:
        yield from _table(comparison)
    for section in sections(comparison.differences):
        yield ""
        yield from _section(section)


def _heading(comparison: Comparison) -> str:
    if comparison.old is None or comparison.new is None or comparison.old == comparison.new:
        return prose(heading(comparison))
    return f"{code(comparison.old)} → {code(comparison.new)}"


def _list(items: Iterable[str]) -> Iterator[str]:
    yield ""
    yield from (f"- {prose(item)}" for item in items)


def _rows(head: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table; ``align`` holds ``l`` or ``r`` for each column."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('--:' if side == 'r' else '---' for side in align)}|"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _outputs(comparison: Comparison) -> Iterator[str]:
    head = ("output", "old", "new", "change", "largest where")
    moved = moved_outputs(comparison)
    if moved:
        yield from _rows(head, "lrrrl", [_output(comparison, output) for output in moved])
        tried = max(output.n_inputs for output in moved)
        yield ""
        yield f"The largest changes found among {tried:,} inputs."
    if comparison.effect.notes:
        yield from _list(comparison.effect.notes)


def _output(comparison: Comparison, output: OutputChange) -> tuple[str, ...]:
    name = code(output.name)
    if output.name != output.old_name:
        name = f"{code(output.old_name)} → {name}"
    old, new = fixed_pair(output.old, output.new)
    both = output.old is not None and output.new is not None
    change = signed_fixed((output.new or 0.0) - (output.old or 0.0)) if both else ""
    unit = f" {prose(output.unit)}" if output.unit and change else ""
    return name, old, new, f"{change}{unit}", code(row_text(output.row, comparison.units))


def _table(comparison: Comparison) -> Iterator[str]:
    table = comparison.effect.table
    if table is None:
        return
    yield ""
    yield f"**Over {code(table.file)}**: {prose(compared_text(comparison))}"
    if table.faults:
        yield from _list(table.faults)
    for output in table.outputs:
        yield ""
        yield f"{code(output.name)} {prose(moved_text(comparison, output))}"
        if output.bars:
            yield ""
            yield from _folded("changes, and the rows that move most", _moves(output))


def _moves(output: TableOutput) -> Iterator[str]:
    yield "```text"
    yield from bar_lines(output)
    yield "```"
    yield ""
    names = list(output.top[0].values) if output.top else []
    head = ("row", *[code(name) for name in names], "old", "new", "change")
    rows = []
    for row in output.top:
        values = [code(exact_text(row.values[name])) for name in names]
        rows.append(
            (
                f"{row.row:,}",
                *values,
                *fixed_pair(row.old, row.new),
                signed_fixed(row.new - row.old),
            )
        )
    yield from _rows(head, "r" * len(head), rows)


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    # Without the empty lines, hosts take what is folded for HTML and not for Markdown.
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"


def _section(section: Section) -> Iterator[str]:
    lines = list(_lines(section.lines))
    if section.kind in FOLDED:
        yield from _folded(f"{section.kind} ({len(section.lines):,})", lines)
        return
    yield f"**{section.kind}** {code(section.name)}".rstrip()
    yield ""
    yield from lines


def _lines(lines: Sequence[Line]) -> Iterator[str]:
    grouped = any(line.group for line in lines)
    rows = []
    for i, line in enumerate(lines):
        row = MARKS[line.mark], code(line.what), code(line.old), code(line.new), prose(line.remark)
        first = not i or lines[i - 1].group != line.group
        rows.append((code(line.group) if first else "", *row) if grouped else row)
    head = ("", "what", "old", "new", "")
    side = (
        "r" if all(_is_number(value) for line in lines for value in (line.old, line.new)) else "l"
    )
    align = f"{'l' * grouped}ll{side}{side}l"
    yield from _rows(("name", *head) if grouped else head, align, rows)


def _is_number(text: str) -> bool:
    return not text.strip("+-0123456789.e")
