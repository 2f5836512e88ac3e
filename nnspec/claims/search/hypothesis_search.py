"""Hypothesis's own search, guided by how near a row comes to violating a statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings, target
from hypothesis import strategies as st

from nnspec.claims.domain import Axis, Domain
from nnspec.claims.search.probe import Floats

FARTHEST = 1e300
"""Hypothesis takes finite scores only."""

MOST = 20
"""Points drawn at most: each costs as much as hundreds in a batch."""


def guided_search(
    domain: Domain, score: Callable[[Floats], dict[str, float]], start: int, n: int
) -> None:
    """Let Hypothesis draw about n points and climb every score that they get.

    Parameters
    ----------
    domain
        Where to draw points.
    score
        Given a point, shape (n_inputs,): by label, a score to be made greater.
    start
        The seed.
    n
        How many points to draw; no more than 20 are.
    """
    point = st.tuples(*[axis_strategy(axis) for axis in domain.axes])

    @seed(start)
    @settings(
        max_examples=min(n, MOST),
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.target],
        suppress_health_check=list(HealthCheck),
    )
    @given(point)
    def trial(values: tuple[float, ...]) -> None:
        for label, reached in score(np.array(values, dtype=np.float64)).items():
            target(max(-FARTHEST, min(FARTHEST, reached)), label=label)

    trial()


def axis_strategy(axis: Axis) -> st.SearchStrategy[Any]:
    """Values of one axis, as numbers."""
    if axis.choices is not None:
        return st.sampled_from([float(value) for value in axis.choices])
    if axis.whole:
        return st.integers(int(axis.low), int(axis.high)).map(float)
    return st.floats(axis.low, axis.high)
