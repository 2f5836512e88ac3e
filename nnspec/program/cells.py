"""From a table's cells to a program's units over boxes, and slopes from units back to cells."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnspec.program.intervals import Interval, seen_interval, times
from nnspec.program.program import Floats, Program
from nnspec.program.slope_intervals import transform_slope_interval


def unit_intervals(program: Program, ends: Mapping[str, Floats]) -> Interval:
    """What synapses see of the inputs over boxes; units of neurons are 0, to be filled up.

    Parameters
    ----------
    program
        The program.
    ends
        By input, the least and the greatest cell, in the table's own units; a category as the index
        of its value. Shape (2, n_boxes).

    Returns
    -------
    Interval
        Shapes (n_units, n_boxes).
    """
    n_boxes = next((part.shape[1] for part in ends.values()), 0)
    units = np.zeros((program.n_units, n_boxes)), np.zeros((program.n_units, n_boxes))
    for item in program.network.inputs:
        for index, name in enumerate(item.units):
            at = program.number[name]
            units[0][at], units[1][at] = seen_interval(item, ends[item.name], index)
    return units


def cell_slopes(
    program: Program, by_unit: Interval, ends: Mapping[str, Floats]
) -> dict[str, Interval]:
    """Where the slope by the cells of each number can lie, by input; categories have none.

    Parameters
    ----------
    program
        The program.
    by_unit
        Slopes by the inputs' units, as
        :func:`~nnspec.program.slope_intervals.backward_boxes` gives them.
    ends
        As in :func:`unit_intervals`; of the inputs that are asked for alone.

    Returns
    -------
    dict
        By input, ends of shape (n_boxes,); an open side where nothing is known.
    """
    found: dict[str, Interval] = {}
    for item in program.network.inputs:
        if item.type != "category" and item.name in ends:
            at = program.number[item.units[0]]
            by_cell = transform_slope_interval(item, *ends[item.name])
            low, high = times((by_unit[0][at], by_unit[1][at]), by_cell)
            unknown = np.isnan(low) | np.isnan(high)
            found[item.name] = np.where(unknown, -np.inf, low), np.where(unknown, np.inf, high)
    return found
