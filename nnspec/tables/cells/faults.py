"""Cells and rows that cannot be used, as one error."""

from __future__ import annotations

from collections.abc import Sequence

from nnspec.diagnostics.suggestions import quote
from nnspec.tables.errors import CellFault, DataError, Place

MOST_LISTED = 10
"""How many faults a message lists."""


def overflow_fault(row: int, unit: str) -> CellFault:
    """The fault of a row whose evaluation leaves the finite numbers, and the unit where it does."""
    reason = f"it cannot be evaluated: {quote(unit)} is not finite"
    help_ = "its values are too large, or lie where a function of the network is undefined"
    return CellFault(row, "", unit, "", "overflow", reason, help_)


def data_error(faults: Sequence[CellFault], total: int, place: Place | None = None) -> DataError:
    """The error that lists the first faults and counts them all.

    Parameters
    ----------
    faults
        The first of the faults, in order of rows; at least one.
    total
        How many there are.
    place
        The table, for the message.
    """
    first = faults[0]
    where = Place() if place is None else place
    place = Place(where.path, first.row, column=first.column if first.column else None)
    if total == 1:
        return DataError(str(first), faults, total, place)
    lines = [f"{total:,} faults in the data:"]
    lines += [f"  {fault}" for fault in faults[:MOST_LISTED]]
    if total > MOST_LISTED:
        lines.append(f"  and {total - min(len(faults), MOST_LISTED):,} more")
    return DataError("\n".join(lines), faults, total, place)
