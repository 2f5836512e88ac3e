"""What the rows of a table make of the difference between two networks, in flat memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from nnspec.comparing.effects.data import TableEffect
from nnspec.comparing.effects.networks import CannotCompareError, Pair
from nnspec.comparing.effects.output_changes import OutputTally, Told
from nnspec.comparing.effects.table_sides import selection_of, sides_of
from nnspec.evaluators.evaluated import ValuedRows
from nnspec.tables.errors import MOST_LISTED
from nnspec.tables.source import Source


@dataclass(slots=True)
class _Tally:
    """What happened to the rows so far."""

    rows: int = 0
    compared: int = 0
    bad: int = 0
    only_old: int = 0
    only_new: int = 0
    faults: list[str] = field(default_factory=list)


def table_effect(
    pair: Pair,
    source: Source,
    told: Told,
    *,
    on_batch: Callable[[int], None] | None = None,
) -> TableEffect:
    """Evaluate every row of a table in both networks.

    Parameters
    ----------
    on_batch
        Called after each batch with how many rows are done.

    Raises
    ------
    CannotCompareError
        If the networks share no output.
    TableError
        If the table lacks a column that a network needs, or cannot be read further.
    """
    if not pair.outputs:
        raise CannotCompareError("the networks have no output in common")
    sides = sides_of(pair, source)
    outputs = [OutputTally(name, told) for name in pair.outputs]
    tally = _Tally()
    for batch in source.batches(selection_of(sides)):
        old, new = [side.value(batch, pair.outputs) for side in sides]
        _count(tally, old, new)
        good = ~(old.bad | new.bad)
        for output in outputs:
            output.add(old, new, good)
        if on_batch is not None:
            on_batch(tally.rows)
    return TableEffect(
        file=source.path,
        rows=tally.rows,
        compared=tally.compared,
        bad=tally.bad,
        only_old=tally.only_old,
        only_new=tally.only_new,
        faults=tuple(tally.faults),
        outputs=tuple([output.result(pair) for output in outputs]),
    )


def _count(tally: _Tally, old: ValuedRows, new: ValuedRows) -> None:
    tally.rows += new.bound.n_rows
    tally.bad += int(np.count_nonzero(old.bad & new.bad))
    tally.only_old += int(np.count_nonzero(new.bad & ~old.bad))
    tally.only_new += int(np.count_nonzero(old.bad & ~new.bad))
    tally.compared += int(np.count_nonzero(~(old.bad | new.bad)))
    for which, valued in (("old", old), ("new", new)):
        room = MOST_LISTED - len(tally.faults)
        if room > 0 and valued.bad.any():
            tally.faults += [f"{which}: {fault}" for fault in islice(valued.faults(), room)]
