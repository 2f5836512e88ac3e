"""Strategies for transforms' parameters and weight matrices."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.model import DenseWeights, SparseWeights
from nnspec.testing.strategies.scalars import numbers

WEIGHTS_OF_PRODUCT = st.sampled_from([1.0, 2, 0, -1, 3, 0.5, -2, 1 / 3])

STEP_PARAMETERS: dict[str, st.SearchStrategy[tuple[float | None, ...]]] = {
    "standardize": st.tuples(numbers(), numbers(least=0.25, most=4)),
    "rescale": st.tuples(
        numbers(least=-4, most=0.5), numbers(least=1, most=4), numbers(), numbers()
    ),
    "clip": st.tuples(st.none() | numbers(most=1), st.none() | numbers(least=1)),
}


def is_defined(kind: str, bounds: tuple[float, float]) -> bool:
    """Whether a transform is defined all over an interval."""
    floor, is_open = TRANSFORMS[kind].domain
    return bounds[0] > floor or (bounds[0] == floor and not is_open) or floor == -math.inf


def matrices(
    size: int, n_columns: int, weights: st.SearchStrategy[float]
) -> st.SearchStrategy[DenseWeights | SparseWeights]:
    """Weight matrices; a sparse one lists at least one entry in each row."""
    row = st.tuples(*[weights for _ in range(n_columns)])
    dense = st.tuples(*[row for _ in range(size)]).map(DenseWeights)
    columns = st.lists(st.integers(0, n_columns - 1), unique=True, min_size=1)
    rows = st.tuples(
        *[columns.flatmap(lambda js: st.tuples(*[st.tuples(st.just(j), weights) for j in js]))
          for _ in range(size)]
    )  # fmt: skip
    sparse = rows.map(
        lambda found: SparseWeights(
            tuple([(i, j, w) for i, entries in enumerate(found) for j, w in entries])
        )
    )
    return dense | sparse
