"""What polars raises over a damaged file, as errors of nnspec."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from nnspec.diagnostics.suggestions import printable
from nnspec.tables.errors import Place, TableError

_PANICKED = "it may be damaged; if it is not, please report it"
_DAMAGED = "the file is damaged, or was not written to its end: write it anew"


@contextmanager
def refused_as(place: Place, kind: str) -> Iterator[None]:
    """Turn polars' refusal of a file, or its failure over one, into a TableError.

    Parameters
    ----------
    place
        The file.
    kind
        What it is, such as ``Parquet file``.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _refusal(place, kind, error) from None
    except OSError as error:
        # One of the operating system has a number; polars has none for what it finds in a file.
        if error.errno is not None:
            raise
        raise _refusal(place, kind, error) from None


@contextmanager
def no_panic(place: Place | None = None) -> Iterator[None]:
    """Turn a panic of polars, wherever it comes from, into a TableError.

    It is no ``Exception`` in Python: whoever lets none of those pass would still be ended by it.
    """
    try:
        yield
    except pl.exceptions.PanicException as error:
        message = f"polars, which reads tables, fails over this one: {_reason(error)}"
        raise TableError(message, place, _PANICKED) from None


def _refusal(place: Place, kind: str, error: BaseException) -> TableError:
    return TableError(f"the {kind} cannot be read: {_reason(error)}", place, _DAMAGED)


def _reason(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return printable(lines[0][:200]) if lines else type(error).__name__
