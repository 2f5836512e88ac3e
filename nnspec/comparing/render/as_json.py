"""A comparison as JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nnspec.comparing.effects.data import (
    Bar,
    Comparison,
    Effect,
    MovedRow,
    OutputChange,
    TableEffect,
    TableOutput,
)
from nnspec.comparing.structure.differences import Difference, WeightMove, WeightMoves
from nnspec.diagnostics import CannotError

VERSION = 1
"""The version of the JSON report's own format."""


def to_json(comparison: Comparison) -> str:
    """The whole comparison as one JSON object."""
    return json.dumps(to_data(comparison), indent=2, ensure_ascii=False, allow_nan=False)


def to_data(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain maps and lists."""
    head = {"nnspec_diff": VERSION, "differs": comparison.differs, "moves": comparison.moves}
    return {**head, **_listed(asdict(comparison))}


def _listed(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_listed(item) for item in value]
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return value


def from_json(text: str) -> Comparison:
    """The comparison of a JSON report.

    Raises
    ------
    CannotError
        If it is of a later version of the report's format.
    """
    data = json.loads(text)
    if data.get("nnspec_diff") != VERSION:
        raise CannotError(f"not a report of nnspec diff, version {VERSION}")
    return Comparison(
        old=data["old"],
        new=data["new"],
        old_file=data["old_file"],
        new_file=data["new_file"],
        differences=tuple([_difference(item) for item in data["differences"]]),
        effect=_effect(data["effect"]),
        tolerance=data["tolerance"],
        units=data["units"],
    )


def _difference(data: Mapping[str, Any]) -> Difference:
    moves = data["moves"]
    if moves is not None:
        largest = tuple([WeightMove(**move) for move in moves["largest"]])
        moves = WeightMoves(**{**moves, "largest": largest})
    return Difference(**{**data, "uses": tuple(data["uses"]), "moves": moves})


def _effect(data: Mapping[str, Any]) -> Effect:
    return Effect(
        reason=data["reason"],
        notes=tuple(data["notes"]),
        outputs=tuple([OutputChange(**item) for item in data["outputs"]]),
        added=tuple(data["added"]),
        removed=tuple(data["removed"]),
        table=None if data["table"] is None else _table(data["table"]),
    )


def _table(data: Mapping[str, Any]) -> TableEffect:
    outputs = tuple([_output(item) for item in data["outputs"]])
    return TableEffect(**{**data, "faults": tuple(data["faults"]), "outputs": outputs})


def _output(data: Mapping[str, Any]) -> TableOutput:
    top = tuple([MovedRow(**row) for row in data["top"]])
    bars = tuple([Bar(**bar) for bar in data["bars"]])
    return TableOutput(**{**data, "top": top, "bars": bars})
