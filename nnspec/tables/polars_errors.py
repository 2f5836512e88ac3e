"""What polars raises over a damaged file, as errors of nnspec."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from nnspec.diagnostics.suggestions import printable
from nnspec.tables.errors import Place, TableError

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


def _refusal(place: Place, kind: str, error: BaseException) -> TableError:
    lines = str(error).strip().splitlines()
    reason = printable(lines[0][:200]) if lines else type(error).__name__
    return TableError(f"the {kind} cannot be read: {reason}", place, _DAMAGED)
