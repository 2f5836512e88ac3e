"""The rows that ``nnspec test --replay`` names."""

from __future__ import annotations

from typing import Any

from nnspec.claims.domain import MOST_INPUTS, simplest_row
from nnspec.cli.arguments.rows import checked_row, parsed_row
from nnspec.diagnostics import CannotError
from nnspec.spec.model import NetworkSpec


def replayed_rows(spec: NetworkSpec, text: str) -> tuple[dict[str, Any], ...]:
    """The rows of ``--replay``: one, or two that differ in the one input given two values.

    Raises
    ------
    CannotError
        If the text is no such JSON, or a value is none that its input can take.
    """
    given = parsed_row(spec, text, "--replay")
    if len(spec.inputs) > MOST_INPUTS:  # what a long row leaves out is at its simplest value
        whole = {**simplest_row(spec), **given}
        given = {item.name: whole[item.name] for item in spec.inputs if item.name in whole}
    doubled = [name for name, value in given.items() if isinstance(value, list)]
    if len(doubled) > 1 or any(len(given[name]) != 2 for name in doubled):
        raise CannotError(
            "--replay: one input at most may have two values, "
            'such as {"area": 2000, "age": [31, 32]}',
        )
    rows = [given]
    if doubled:
        rows = [{**given, doubled[0]: value} for value in given[doubled[0]]]
    for row in rows:
        checked_row(spec, row, "--replay")
    return tuple(rows)
