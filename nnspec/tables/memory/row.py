"""One row at hand as a table, so that whatever reads tables reads it by the same rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from nnspec.tables.memory.series import typed_cells
from nnspec.tables.source import Batch, Selection, Source, frame_of


class RowSource(Source):
    """A table of one row.

    Parameters
    ----------
    cells
        Its cells, by column; None where one is missing.
    as_text
        Whether a text is read as a number where a number is due, as in CSV.
    said
        Where it comes from, for messages.
    """

    def __init__(self, cells: Mapping[str, Any], said: str, *, as_text: bool) -> None:
        self.path = said
        self.header = tuple(cells)
        self._cells = dict(cells)
        self._as_text = as_text

    def _batches(self, selection: Selection) -> Iterator[Batch]:
        """The row, as :meth:`batches` gives it."""
        read = [self._column(name, selection) for name in selection.read]
        kept = [pl.Series(n, [self._cells[n]], dtype=pl.Object) for n in selection.kept]
        yield Batch(1, 1, frame_of(read), frame_of(kept))

    def _column(self, name: str, selection: Selection) -> pl.Series:
        cell = [self._cells[name]]
        if self._as_text:
            return pl.Series(name, cell, dtype=pl.String)
        return typed_cells(name, cell, numbers=name in selection.numbers)

    def close(self) -> None:
        """Nothing is open."""
