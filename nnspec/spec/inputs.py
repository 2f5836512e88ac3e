"""Between a cell of the user's table, its number, and what synapses see of it.

A **cell** is a value as the table has it: a number, true or false, a category's value. Its
**number** is what evaluators, searches and boxes calculate with: a category is the index of its
value, the rest are themselves, in the table's own units. What synapses **see** is the number after
the input's transforms, or, by unit, 1 for the category's value and 0 for the others.
"""

from __future__ import annotations

import math
from typing import Any

from nnspec.functions.aggregations import Bounds
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.model import Input, Value, category_text

EVERYTHING: Bounds = (-math.inf, math.inf)


def cell_of(item: Input, number: float) -> Value:
    """An input's number as a cell of the user's table.

    Examples
    --------
    >>> cell_of(Input("age"), 3), cell_of(Input("rooms", "integer"), 3.0)
    (3.0, 3)
    >>> cell_of(Input("state", "category", categories=("poor", "good")), 1.0)
    'good'
    """
    if item.type == "category":
        return item.categories[int(number)]
    return float(number) if item.type == "number" else int(number)


def number_of(item: Input, cell: Value | None) -> float:
    """A cell as a number; a missing one is its input's stand-in.

    Raises
    ------
    KeyError
        If it is missing and has no stand-in.
    ValueError
        If it is none of the input's categories.

    Examples
    --------
    >>> number_of(Input("state", "category", categories=("poor", "good")), "good")
    1.0
    """
    given = item.missing if cell is None else cell
    if given is None:
        raise KeyError(f"no value for input {item.name!r}")
    if item.type == "category":
        return float(item.category_texts.index(category_text(given)))
    return float(given)


def middle_cell(item: Input) -> Value:
    """The value of an input that stands for it where nothing else is known of a row.

    The middle of its range, whole where the input is; of an open range the value nearest to 0;
    false, and the first of a category's values.

    Examples
    --------
    >>> middle_cell(Input("age", range=(0, 250))), middle_cell(Input("area", range=(100, None)))
    (125.0, 100.0)
    >>> middle_cell(Input("rooms", "integer", range=(0, 5)))
    2
    """
    if item.type in ("category", "boolean"):
        return cell_of(item, 0.0)
    low, high = within_whole(item, number_bounds(item))
    if math.isinf(low) or math.isinf(high):
        return cell_of(item, min(max(0.0, low), high))
    middle = low / 2 + high / 2  # the sum of the ends may overflow
    return cell_of(item, math.floor(middle) if takes_whole(item) else middle)


def seen_of(item: Input, number: float) -> dict[str, float]:
    """What synapses see of an input's number, by unit.

    Examples
    --------
    >>> seen_of(Input("state", "category", categories=("poor", "good")), 1)
    {'state.poor': 0.0, 'state.good': 1.0}
    """
    if item.type == "category":
        return {unit: float(index == number) for index, unit in enumerate(item.units)}
    for step in item.transforms:
        number = TRANSFORMS[step.kind].scalar(number, *step.parameters)
    return {item.name: number}


def seen_columns(xp: Any, item: Input, numbers: Any) -> list[Any]:
    """What synapses see of an array of an input's numbers: an array for each of its units.

    Parameters
    ----------
    xp
        NumPy. Specs are read and judged without it.
    item
        The input.
    numbers
        float64, of any shape.
    """
    if item.type == "category":
        return [numbers == index for index in range(len(item.units))]
    # Transforms run in float64 whatever the dtype: they bring large units into reach.
    for step in item.transforms:
        numbers = TRANSFORMS[step.kind].vector(xp, numbers, *step.parameters)
    return [numbers]


def number_bounds(item: Input) -> Bounds:
    """The least and the greatest number an input may have, as declared; infinite where open.

    Examples
    --------
    >>> number_bounds(Input("age", range=(0, None)))
    (0.0, inf)
    """
    if item.type == "category":
        return 0.0, float(len(item.categories) - 1)
    if item.type == "boolean":
        return 0.0, 1.0
    low, high = item.range
    return -math.inf if low is None else float(low), math.inf if high is None else float(high)


def takes_whole(item: Input) -> bool:
    """Whether whole numbers alone are values of an input, as they are written in a table."""
    return item.type in ("integer", "boolean")


def within_whole(item: Input, bounds: Bounds) -> Bounds:
    """The least and the greatest number of an input in an interval: whole, unless it is a number.

    Examples
    --------
    >>> within_whole(Input("rooms", "integer"), (0.5, 3.5))
    (1.0, 3.0)
    """
    if item.type == "number":
        return bounds
    low, high = bounds
    return (
        low if math.isinf(low) else float(math.ceil(low)),
        high if math.isinf(high) else float(math.floor(high)),
    )


def seen_bounds(item: Input) -> Bounds:
    """The interval of what synapses see of an input, of any of its units."""
    if item.type == "category":
        return 0.0, 1.0
    bounds = number_bounds(item)
    for step in item.transforms:
        low, high = TRANSFORMS[step.kind].image(bounds, *step.parameters)
        bounds = EVERYTHING if math.isnan(low) or math.isnan(high) else (low, high)
    return bounds
