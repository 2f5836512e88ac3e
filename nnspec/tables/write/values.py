"""Columns of Python values, as NDJSON gives them, for formats whose columns have one type."""

from __future__ import annotations

import json

import polars as pl


def as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame, its columns of Python values as text."""
    columns = [column for column in frame if column.dtype == pl.Object]
    return frame.with_columns(
        [pl.Series(c.name, [_text(cell) for cell in c], dtype=pl.String) for c in columns]
    )


def _text(cell: object) -> str | None:
    return cell if cell is None or isinstance(cell, str) else json.dumps(cell)
