"""What is particular to each dialect of SQL: how it names, how it computes, what it cannot hold."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from nnspec.diagnostics import CannotError

LARGEST = sys.float_info.max

SETTLED = 1e150
"""Where arithmetic raises errors, a value beyond this is bad: sums of such cannot overflow."""

LARGE = 1e300
"""There, what is worked out on the way to a value may be as large."""

SMALL = 1e-290
"""There, what is smaller than this is 0: products then cannot underflow."""

PLAIN = 1e-30, 1e30
"""The numbers of transforms and activations there; beyond them the query is refused."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A dialect of SQL.

    Parameters
    ----------
    name
        Its name, here and in sqlglot.
    title
        Its name for people.
    folds_case
        Whether two names that differ in case only are one.
    max_name
        How many bytes a name may have; None where there is no limit.
    plain_names
        Whether a column's name may hold letters, digits, ``_``, ``-`` and spaces only.
    max_columns
        How many columns a query may carry.
    max_text
        How many bytes a query may have.
    raises
        Whether an overflow is an error of the whole query, where IEEE 754 has infinities.
    materialized
        Whether tables of a WITH clause must be told not to be substituted into each other.
    bad_text
        What becomes of a text that is no number where it is cast to one: NULL by the dialect's own
        word for that, NULL by a pattern that a text must match first, or an error of the query.
    casts_booleans
        Whether true and false can be cast to a number.
    typed
        Whether a column's type binds its cells.
    greatest, least
        Its words for the greatest and the least of some terms.
    whole
        Its word for a whole number near another: the number itself where it is whole.
    reserved
        Names that even quotes do not make a column's, in small letters.
    """

    name: str
    title: str
    folds_case: bool = True
    max_name: int | None = None
    plain_names: bool = False
    max_columns: int | None = None
    max_text: int | None = None
    raises: bool = False
    materialized: bool = False
    bad_text: Literal["null", "pattern", "error"] = "error"
    casts_booleans: bool = True
    typed: bool = True
    greatest: str = "GREATEST"
    least: str = "LEAST"
    whole: str = "FLOOR"
    reserved: tuple[str, ...] = ()

    def check_plain(self, owner: str, numbers: Iterable[float | None]) -> None:
        """Refuse numbers by which a function could underflow or overflow, where that is an error.

        Raises
        ------
        CannotError
            If one of them is neither 0 nor within ``PLAIN``, in a dialect that raises errors.
        """
        least, most = PLAIN
        for size in (abs(x) for x in numbers if x and self.raises):
            if not least <= size <= most:
                raise CannotError(
                    f"{owner} has a number of magnitude {size:g}: {self.title}, where an underflow "
                    f"is an error, takes 0 and from {least:g} to {most:g}"
                )

    @property
    def limit(self) -> float:
        """The greatest magnitude of a value that is not bad."""
        return SETTLED if self.raises else LARGEST


_ALL = (
    Dialect("duckdb", "DuckDB", bad_text="null"),
    Dialect(
        "postgres",
        "PostgreSQL",
        folds_case=False,
        max_name=63,
        max_columns=1600,
        raises=True,
        materialized=True,
        bad_text="pattern",
        casts_booleans=False,
    ),
    # Spark's FLOOR makes an integer of 64 bits, and an error of what is larger.
    Dialect("spark", "Spark", whole="RINT", bad_text="null"),
    Dialect(
        "bigquery",
        "BigQuery",
        max_name=300,
        bad_text="null",
        plain_names=True,
        max_columns=10_000,
        max_text=1_000_000,
        raises=True,
        casts_booleans=False,
    ),
    Dialect(
        "snowflake",
        "Snowflake",
        folds_case=False,
        max_name=255,
        max_text=1_000_000,
        raises=True,
        casts_booleans=False,
    ),
    Dialect(
        "sqlite",
        "SQLite",
        max_columns=2000,
        materialized=True,
        typed=False,
        greatest="MAX",
        least="MIN",
        reserved=("true", "false"),
    ),
)

DIALECTS: dict[str, Dialect] = {record.name: record for record in _ALL}
"""Every dialect by name."""

MAX_PARTS = 100_000
"""How many units and synapses a query may have in all: engines read a longer one for minutes."""

MAX_TERMS = 500
"""How many synapses a neuron may have: engines bound how deep an expression nests, near 1,000."""
