"""The rows of ``nnspec test --replay``: JSON, in which one input may have two values."""

from __future__ import annotations

import json
from typing import Any

from nnspec.diagnostics import CannotError
from nnspec.diagnostics.suggestions import did_you_mean, quote
from nnspec.network import Network
from nnspec.tables.cells.cell import read_row
from nnspec.tables.errors import DataError


def replayed_rows(network: Network, text: str) -> tuple[dict[str, Any], ...]:
    """One row, or two that differ in the one input that was given two values.

    Raises
    ------
    CannotError
        If the text is no such JSON, or a value is none that its input can take.
    """
    given = _parsed(text)
    for name in given:
        if name not in network.inputs:
            raise CannotError(
                f"--replay: {network.name} has no input {quote(name)}; "
                f"{did_you_mean(name, network.inputs)}"
            )
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
        try:
            read_row(network.spec.inputs, row)
        except DataError as error:
            raise CannotError(f"--replay: {error}") from None
    return tuple(rows)


def _parsed(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise CannotError(f"--replay is not JSON ({error}); put it in single quotes") from None
    if not isinstance(given, dict):
        raise CannotError('--replay is a map of input to value, such as {"area": 2000, "age": 31}')
    return given
