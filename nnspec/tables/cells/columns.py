"""Which column of a table each input reads, found by name alone, and which types it may have.

========================== ======= ======= ======== ====================
column                     number  integer boolean  category
========================== ======= ======= ======== ====================
integers                   yes [1] yes [1] 0 and 1  by their digits
floats                     yes     whole   0 and 1  by their value
decimals                   yes [2] whole   0 and 1  no
booleans                   no      no      yes      ``true``, ``false``
strings, categoricals      no      no      no       yes
nulls only                 missing missing missing  missing
dates, times, lists, other no      no      no       no
========================== ======= ======= ======== ====================

[1] An integer that no double holds exactly is a bad cell. [2] The nearest double.
Columns of Python objects, as NDJSON's are, have no type of their own: each cell is judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from nnspec.diagnostics.suggestions import did_you_mean, listed, nearest, quote
from nnspec.spec.model import Input
from nnspec.tables.errors import Place, RequestError, TableError

_MOST_NAMED = 20
_NUMERIC = "integers, floats or decimals"
_LEGAL = {
    "number": _NUMERIC,
    "integer": _NUMERIC,
    "boolean": "booleans, or 0 and 1",
    "category": "strings, integers, floats or booleans",
}


def match_columns(
    inputs: Sequence[Input],
    header: Sequence[str],
    rebind: Mapping[str, str] | None = None,
    place: Place | None = None,
) -> dict[str, str]:
    """The column that each input reads, by the input's name.

    Parameters
    ----------
    inputs
        The network's inputs.
    header
        Names of the table's columns, in any order; columns that no input reads are passed over.
    rebind
        For some inputs, the column to read instead of the declared one.
    place
        The table, for messages.

    Raises
    ------
    RequestError
        If ``rebind`` names an input that the network does not have.
    TableError
        If columns are missing: one error that names them all, each with the nearest there is.

    Examples
    --------
    >>> match_columns([Input("area"), Input("age", column="years")], ["years", "id", "area"])
    {'area': 'area', 'age': 'years'}
    """
    chosen = {} if rebind is None else dict(rebind)
    names = [one.name for one in inputs]
    for name in chosen:
        if name not in names:
            message = f"the network has no input {quote(name)} to give a column to"
            raise RequestError(message, did_you_mean(name, names))
    mapping = {one.name: chosen.get(one.name, one.column_name) for one in inputs}
    known = set(header)
    missing = {name: column for name, column in mapping.items() if column not in known}
    if missing:
        raise _missing_columns(missing, header, place)
    return mapping


def _missing_columns(
    missing: Mapping[str, str], header: Sequence[str], place: Place | None
) -> TableError:
    described = [_described(name, column, header) for name, column in missing.items()]
    if len(described) == 1:
        message = f"the table has no column {described[0]}"
    else:
        shown = "; ".join(described[:_MOST_NAMED])
        more = len(described) - _MOST_NAMED
        tail = f"; and {more:,} more" if more > 0 else ""
        message = f"the table lacks {len(described):,} columns: {shown}{tail}"
    first = next(iter(missing))
    names = listed([quote(name) for name in header], _MOST_NAMED)
    columns = f"its columns: {names}" if header else "it has no column"
    return TableError(message, place, f"{columns}; to read another: --column {first}=COLUMN")


def _described(name: str, column: str, header: Sequence[str]) -> str:
    reader = "" if name == column else f" (input {quote(name)})"
    near = nearest(column, header)
    hint = "" if near is None else f", did you mean {quote(near)}?"
    return f"{quote(column)}{reader}{hint}"


def check_types(
    inputs: Sequence[Input],
    columns: Mapping[str, str],
    types: Mapping[str, pl.DataType],
    place: Place | None = None,
) -> None:
    """Refuse a table whose columns have types that their inputs do not read.

    Raises
    ------
    TableError
        One error that names every such column.
    """
    wrong = [one for one in inputs if not _is_legal(one, types[columns[one.name]])]
    if not wrong:
        return
    described = [
        f"column {quote(columns[one.name])} is of type {types[columns[one.name]]}, "
        f"where the {one.type} input {quote(one.name)} reads {_LEGAL[one.type]}"
        for one in wrong[:10]
    ]
    more = f"; and {len(wrong) - 10:,} more" if len(wrong) > 10 else ""
    strings = any(types[columns[one.name]] == pl.String for one in wrong)
    help_ = "convert the column before" if strings else "give the column a type that it reads"
    raise TableError("; ".join(described) + more, place, help_)


def _is_legal(one: Input, dtype: pl.DataType) -> bool:
    if dtype in (pl.Null, pl.Object):
        return True
    if one.type == "category":
        text = isinstance(dtype, pl.String | pl.Categorical | pl.Enum)
        return text or dtype.is_integer() or dtype.is_float() or dtype == pl.Boolean
    return dtype.is_numeric() or (one.type == "boolean" and dtype == pl.Boolean)
