"""What every reader of tables offers: a header, then batches of rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from types import TracebackType
from typing import Self, TypeAlias

import polars as pl

from nnspec.diagnostics.suggestions import quote
from nnspec.spec.inputs import takes_whole
from nnspec.spec.model import Input
from nnspec.tables.errors import Place, TableError
from nnspec.tables.polars_errors import no_panic

BATCH_ROWS = 2**17
"""The most rows of one batch."""

PIECE_ROWS = 2**14
"""The fewest rows of a piece of memory that is a batch of its own."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which columns of a table are read, and as what; a column may be wanted as several.

    Parameters
    ----------
    numbers
        Columns of inputs that are numbers, integers or booleans.
    texts
        Columns of inputs that are categories.
    kept
        Columns carried through as they are.
    whole
        Those of ``numbers`` that an input reads which takes whole numbers alone, integers or
        booleans: of their text nothing may be rounded away.
    """

    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()

    @property
    def read(self) -> tuple[str, ...]:
        """The columns that inputs read, each once."""
        return tuple(dict.fromkeys(self.numbers + self.texts))

    @classmethod
    def of(
        cls, inputs: Sequence[Input], mapping: Mapping[str, str], kept: Sequence[str] = ()
    ) -> Selection:
        """What these inputs read, given each one's column, and the columns to carry through."""
        texts = [mapping[one.name] for one in inputs if one.type == "category"]
        numbers = [mapping[one.name] for one in inputs if one.type != "category"]
        whole = [mapping[one.name] for one in inputs if takes_whole(one)]
        return cls(*[tuple(dict.fromkeys(names)) for names in (numbers, texts, kept, whole)])


class ColumnTypes(dict[str, pl.DataType]):
    """The types of a file's columns, each found when it is asked for.

    So a column that nobody reads is never in the way, whatever its type.
    """

    def __init__(self, find: Callable[[str], pl.DataType]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: str) -> pl.DataType:
        found = self[name] = self._find(name)
        return found


Written: TypeAlias = Callable[[str], pl.Series]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a table, in order.

    Parameters
    ----------
    first_row
        The number of the first of them; rows of data count from 1.
    n_rows
        How many rows they are.
    columns
        The columns that inputs read, for :func:`nnspec.tables.bind`.
    kept
        The columns carried through.
    written
        Gives a column's cells as they are written, where ``columns`` holds only what they mean.
    """

    first_row: int
    n_rows: int
    columns: pl.DataFrame
    kept: pl.DataFrame
    written: Written | None = None


class Source(ABC):
    """A table that is read once, from its first row to its last.

    Attributes
    ----------
    path
        The file's name, for messages.
    header
        The columns' names.
    types
        The columns' types where the format declares them; None where each cell is judged.
    """

    path: str
    header: tuple[str, ...]
    types: Mapping[str, pl.DataType] | None = None

    def batches(self, selection: Selection) -> Iterator[Batch]:
        """The rows, in order, with the selected columns.

        Raises
        ------
        TableError
            At the first fault of the table; rows before it have been given by then.
        """
        with no_panic(self.place):
            yield from self._batches(selection)

    @abstractmethod
    def _batches(self, selection: Selection) -> Iterator[Batch]:
        """The rows, as :meth:`batches` gives them."""

    def kept_types(self, names: Sequence[str]) -> dict[str, pl.DataType]:
        """The types that columns carried through have in every batch."""
        return {name: pl.Object() if self.types is None else self.types[name] for name in names}

    @abstractmethod
    def close(self) -> None:
        """Close the file."""

    def share_read(self) -> float | None:
        """How much of the table has been read, from 0 to 1; None where that is not known."""
        return None

    def refused_type(self, name: str, kind: str) -> TableError:
        """The error of a column whose values cannot be carried as they are."""
        message = f"column {quote(name)} is of type {kind}, of which values would be lost"
        return TableError(message, Place(self.path, column=name), "write it as another type")

    @property
    def place(self) -> Place:
        """The table as a whole, for messages."""
        return Place(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def some_columns(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Some columns of a frame; unlike polars' own selection, no name is a pattern to it."""
    return frame_of([frame.get_column(name) for name in names])


def frame_of(columns: Iterable[pl.Series]) -> pl.DataFrame:
    """Columns as a frame; unlike polars' own constructor, it leaves an empty name as it is."""
    return pl.DataFrame({column.name: column for column in columns})


def in_batches(rows: Batch, most: int = BATCH_ROWS) -> Iterator[Batch]:
    """Rows at hand as batches of at most ``most`` rows, each of one piece of memory.

    polars reads a table in several pieces. Where these are of a good size they become batches as
    they are: to bring them together would be to copy them.
    """
    for start, count in _pieces(rows, most):
        yield Batch(
            rows.first_row + start,
            count,
            rows.columns.slice(start, count).rechunk(),
            rows.kept.slice(start, count).rechunk(),
            None if rows.written is None else _sliced(rows.written, start, count),
        )


def _pieces(rows: Batch, most: int) -> Iterator[tuple[int, int]]:
    """The first row of each batch, and how many rows it has."""
    frame = rows.columns if rows.columns.width else rows.kept
    lengths = frame.to_series().chunk_lengths() if frame.width else [rows.n_rows]
    start = 0
    for end in accumulate(lengths):
        if end - start >= PIECE_ROWS or end == rows.n_rows:
            yield from ((at, min(most, end - at)) for at in range(start, end, most))
            start = end


def _sliced(written: Written, start: int, count: int) -> Written:
    return lambda name: written(name).slice(start, count)
