"""Which types of a typed table's columns each type of input reads.

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

from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import Input
from nnspec.tables.errors import Place, TableError

_NUMERIC = "integers, floats or decimals"
_LEGAL = {
    "number": _NUMERIC,
    "integer": _NUMERIC,
    "boolean": "booleans, or 0 and 1",
    "category": "strings, integers, floats or booleans",
}


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
