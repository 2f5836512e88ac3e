"""Strategies for the values of single inputs."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

from nnspec.spec.inputs import number_bounds
from nnspec.spec.model import Input


def cells(item: Input) -> st.SearchStrategy[Any]:
    """Values that an input may take, in the table's own units."""
    if item.type == "category":
        return st.sampled_from(item.categories)
    low, high = drawn_range(item)
    if item.type == "boolean":
        return st.booleans()
    if item.type == "integer":
        return st.integers(int(low), int(high))
    return st.just(low) | st.just(high) | st.floats(low, high)


def drawn_range(item: Input) -> tuple[float, float]:
    """The declared range with ends near 0 in place of open sides."""
    low, high = number_bounds(item)
    if math.isinf(low):
        low = min(-8.0, high - 8) if math.isfinite(high) else -8.0
    return low, low + 16 if math.isinf(high) else high
