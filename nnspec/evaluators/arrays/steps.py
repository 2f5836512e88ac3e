"""Pre-activations through NumPy alone: one synapse after the other, for all neurons at once.

Step k takes the k-th synapse of every neuron that has one; each step is one pass over contiguous
memory. No matrix product is used, because BLAS sums in an order that depends on the shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.functions.aggregations import AGGREGATIONS, Aggregation
from nnspec.functions.expressions.arrays import arrays
from nnspec.program.compiled import CompiledLayer, CsrMatrix, DenseMatrix, Ints, Segment

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Step:
    """One synapse of every neuron that has a k-th: their columns, and their weights."""

    n_rows: int
    columns: Ints | int
    weights: Array


@dataclass(frozen=True, eq=False)
class SegmentPlan:
    """The neurons of one aggregation, those with the most synapses first."""

    aggregation: Aggregation
    rows: Ints | slice
    counts: Array
    steps: tuple[Step, ...]


def plan_segment(layer: CompiledLayer, segment: Segment, dtype: np.dtype[Any]) -> SegmentPlan:
    """Cut the synapses of a segment into steps."""
    aggregation = AGGREGATIONS[segment.name]
    matrix = layer.weights
    if isinstance(matrix, DenseMatrix):
        array = matrix.array[segment.rows].astype(dtype)
        n_rows, n_columns = array.shape
        rows, counts = segment.rows, np.full(n_rows, n_columns)
        steps = tuple(
            Step(n_rows, k, np.ascontiguousarray(array[:, k])[:, None]) for k in range(n_columns)
        )
    else:
        rows, counts, steps = _plan_sparse(matrix, segment.rows, dtype)
    divisors = np.maximum(counts, 1).astype(dtype)[:, None]
    return SegmentPlan(aggregation, as_rows(rows, len(layer.neurons)), divisors, steps)


def _plan_sparse(
    matrix: CsrMatrix, rows: Ints, dtype: np.dtype[Any]
) -> tuple[Ints, Ints, tuple[Step, ...]]:
    counts = np.diff(matrix.indptr)[rows]
    order = np.argsort(-counts, kind="stable")
    rows, counts = rows[order], counts[order]
    starts = matrix.indptr[rows]
    steps = []
    for k in range(int(counts[0]) if len(counts) else 0):
        n_rows = int(np.searchsorted(-counts, -k, side="left"))
        at = starts[:n_rows] + k
        weights = matrix.data[at].astype(dtype)[:, None]
        steps.append(Step(n_rows, matrix.indices[at], weights))
    return rows, counts, tuple(steps)


def reduce_terms(segment: SegmentPlan, sources: Array, dtype: np.dtype[Any]) -> Array:
    """Bring the terms of each neuron together, one synapse after the other."""
    n_rows = sources.shape[1]
    aggregation = segment.aggregation
    combine = getattr(np, aggregation.reducer)
    start = 0.0 if aggregation.empty is None else aggregation.empty
    total = np.full((len(segment.counts), n_rows), start, dtype)
    for k, step in enumerate(segment.steps):
        term = _term(aggregation, step, sources)
        if k == 0:
            total[: step.n_rows] = term
        else:
            part = total[: step.n_rows]
            combine(part, term, out=part)
    found: Array = aggregation.finished(arrays(np), total, segment.counts)
    return found


def _term(aggregation: Aggregation, step: Step, sources: Array) -> Array:
    if isinstance(step.columns, int):
        x = sources[step.columns][None, :]
    else:
        x = sources.take(step.columns, axis=0)
    weights = step.weights
    if aggregation.reducer == "multiply":
        # NumPy's power gives other last bits where an operand is stretched: write both out.
        shape = (step.n_rows, sources.shape[1])
        x = np.ascontiguousarray(np.broadcast_to(x, shape))
        weights = np.ascontiguousarray(np.broadcast_to(weights, shape))
    term: Array = aggregation.term.define(arrays(np), weights, x)
    return term


def as_rows(rows: Ints, n: int) -> Ints | slice:
    """All rows in order as a slice, which NumPy needs no copy for."""
    whole = len(rows) == n and np.array_equal(rows, np.arange(n))
    return slice(None) if whole else rows
