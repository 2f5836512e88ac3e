"""The fast evaluator: blocks of rows through NumPy, the same bits for any block size.

Arrays hold units in rows and table rows in columns, so that each step of a sum is one pass over
contiguous memory. Terms are added one synapse after the other, all neurons at once: step k takes
the k-th synapse of every neuron that has one. No matrix product is used, because BLAS sums in an
order that depends on the shape; `fast=True` gives that guarantee up.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.activations import ACTIVATIONS
from nnspec.aggregations import AGGREGATIONS, Aggregation
from nnspec.groups import GROUPS
from nnspec.model import Input
from nnspec.network import CompiledLayer, CompiledNetwork, CsrMatrix, DenseMatrix, Ints, Segment
from nnspec.transforms import TRANSFORMS

Array: TypeAlias = NDArray[Any]

BLOCK_BYTES = 2**21
"""How much of one layer a block of rows may fill: it should stay in the processor's cache."""

MIN_BLOCK, MAX_BLOCK = 64, 8192


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What an evaluation gives.

    Parameters
    ----------
    values
        By neuron asked for: its outputs, shape (n_rows,).
    z
        By neuron asked for: its pre-activations, shape (n_rows,); empty unless asked for.
    bad
        Shape (n_rows,): rows in which some neuron of the network is not finite.
    culprits
        Shape (n_rows,): for a bad row, the unit that was the first; otherwise -1.
    """

    values: dict[str, Array]
    z: dict[str, Array]
    bad: NDArray[np.bool_]
    culprits: Ints


@dataclass(frozen=True, eq=False)
class _Step:
    """One synapse of every neuron that has a k-th: their columns, and their weights."""

    n_rows: int
    columns: Ints | int
    weights: Array


@dataclass(frozen=True, eq=False)
class _SegmentPlan:
    """The neurons of one aggregation, those with the most synapses first."""

    aggregation: Aggregation
    rows: Ints | slice
    counts: Array
    steps: tuple[_Step, ...]


@dataclass(frozen=True, eq=False)
class _LayerPlan:
    layer: CompiledLayer
    first_unit: int
    bias: Array
    segments: tuple[_SegmentPlan, ...]
    activations: tuple[tuple[Segment, Ints | slice], ...]
    product: Array | None


class VectorisedEvaluator:
    """Evaluates one compiled network; immutable, so that threads may share it.

    Parameters
    ----------
    network
        The network.
    dtype
        ``float64``, the reference, or ``float32``.
    fast
        Use BLAS for weighted sums: results may then change in the last bits with the number of
        rows, the machine and the number of threads.
    """

    def __init__(
        self, network: CompiledNetwork, dtype: str = "float64", *, fast: bool = False
    ) -> None:
        self.network = network
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float64, np.float32):
            raise ValueError(f"dtype must be float64 or float32; given {dtype}")
        _check_subnormals()
        with np.errstate(over="ignore"):  # a weight beyond float32 makes its rows bad, by name
            self._plans = tuple(self._plan_layers(fast=fast))
        widest = max([network.n_input_units, *(len(layer.neurons) for layer in network.layers)])
        rows = BLOCK_BYTES // (widest * self.dtype.itemsize)
        self.block_rows = max(MIN_BLOCK, min(MAX_BLOCK, rows))

    def evaluate(
        self,
        columns: Mapping[str, Array],
        neurons: Sequence[str],
        *,
        pre_activations: bool = False,
        block_rows: int | None = None,
        threads: int = 1,
    ) -> Evaluated:
        """Evaluate all rows.

        Parameters
        ----------
        columns
            By input: float64 of shape (n_rows,), checked, in the table's own units; a category as
            the index of its value.
        neurons
            Whose values to give.
        pre_activations
            Whether to give their z too.
        block_rows, threads
            How the work is cut up; neither changes a bit of the results.
        """
        # NumPy's exp, log and power give other last bits on strided views than on whole arrays.
        columns = {name: np.ascontiguousarray(x) for name, x in columns.items()}
        n_rows = len(next(iter(columns.values()))) if columns else 0
        result = self._empty(n_rows, neurons, pre_activations=pre_activations)
        size = self.block_rows if block_rows is None else block_rows
        blocks = [slice(at, min(at + size, n_rows)) for at in range(0, n_rows, size)]

        def run(block: slice) -> None:
            self._run_block({name: x[block] for name, x in columns.items()}, block, result)

        with np.errstate(all="ignore"):
            if threads <= 1 or len(blocks) < 2:
                for block in blocks:
                    run(block)
            else:
                with ThreadPoolExecutor(threads, initializer=_quiet) as pool:
                    list(pool.map(run, blocks))
        return result

    def _empty(self, n_rows: int, neurons: Sequence[str], *, pre_activations: bool) -> Evaluated:
        return Evaluated(
            {name: np.empty(n_rows, self.dtype) for name in neurons},
            {name: np.empty(n_rows, self.dtype) for name in neurons if pre_activations},
            np.zeros(n_rows, dtype=np.bool_),
            np.full(n_rows, -1, dtype=np.int64),
        )

    # -- planning ---------------------------------------------------------------------------------

    def _plan_layers(self, *, fast: bool) -> Iterator[_LayerPlan]:
        first_unit = self.network.n_input_units
        for layer in self.network.layers:
            sums = len(layer.aggregations) == 1 and layer.aggregations[0].name == "sum"
            by_blas = fast and sums and isinstance(layer.weights, DenseMatrix)
            yield _LayerPlan(
                layer,
                first_unit,
                layer.bias.astype(self.dtype)[:, None],
                () if by_blas else tuple(self._plan_segment(layer, s) for s in layer.aggregations),
                tuple((s, _rows(s.rows, len(layer.neurons))) for s in layer.activations),
                layer.weights.to_dense().astype(self.dtype) if by_blas else None,
            )
            first_unit += len(layer.neurons)

    def _plan_segment(self, layer: CompiledLayer, segment: Segment) -> _SegmentPlan:
        aggregation = AGGREGATIONS[segment.name]
        matrix = layer.weights
        if isinstance(matrix, DenseMatrix):
            array = matrix.array[segment.rows].astype(self.dtype)
            n_rows, n_columns = array.shape
            rows, counts = segment.rows, np.full(n_rows, n_columns)
            steps = tuple(
                _Step(n_rows, k, np.ascontiguousarray(array[:, k])[:, None])
                for k in range(n_columns)
            )
        else:
            rows, counts, steps = self._plan_sparse(matrix, segment.rows)
        divisors = np.maximum(counts, 1).astype(self.dtype)[:, None]
        return _SegmentPlan(aggregation, _rows(rows, len(layer.neurons)), divisors, steps)

    def _plan_sparse(self, matrix: CsrMatrix, rows: Ints) -> tuple[Ints, Ints, tuple[_Step, ...]]:
        counts = np.diff(matrix.indptr)[rows]
        order = np.argsort(-counts, kind="stable")
        rows, counts = rows[order], counts[order]
        starts = matrix.indptr[rows]
        steps = []
        for k in range(int(counts[0]) if len(counts) else 0):
            n_rows = int(np.searchsorted(-counts, -k, side="left"))
            at = starts[:n_rows] + k
            weights = matrix.data[at].astype(self.dtype)[:, None]
            steps.append(_Step(n_rows, matrix.indices[at], weights))
        return rows, counts, tuple(steps)

    # -- running ----------------------------------------------------------------------------------

    def _run_block(self, columns: Mapping[str, Array], block: slice, result: Evaluated) -> None:
        network = self.network
        inputs = np.empty((network.n_input_units, block.stop - block.start), self.dtype)
        _encode(network.inputs, columns, inputs)
        outputs = [inputs]
        starts = [0]
        bad, culprits = result.bad[block], result.culprits[block]
        _note_bad(inputs, 0, bad, culprits)
        for plan in self._plans:
            sources = _gather(plan.layer.sources, outputs, starts)
            z = self._pre_activations(plan, sources)
            _note_bad(z, plan.first_unit, bad, culprits)
            a = self._activations(plan, z)
            if a is not z:
                _note_bad(a, plan.first_unit, bad, culprits)
            outputs.append(a)
            starts.append(plan.first_unit)
            self._keep(plan, a, z, block, result)

    def _keep(self, plan: _LayerPlan, a: Array, z: Array, block: slice, result: Evaluated) -> None:
        end = plan.first_unit + len(plan.layer.neurons)
        for name, kept in result.values.items():
            unit = self.network.index[name]
            if plan.first_unit <= unit < end:
                kept[block] = a[unit - plan.first_unit]
                if result.z:
                    result.z[name][block] = z[unit - plan.first_unit]

    def _pre_activations(self, plan: _LayerPlan, sources: Array) -> Array:
        n_rows = sources.shape[1]
        if plan.product is not None:
            product: Array = plan.product @ sources + plan.bias
            return product
        z = np.empty((len(plan.layer.neurons), n_rows), self.dtype)
        for segment in plan.segments:
            z[segment.rows] = _reduce(segment, sources, self.dtype)
        z += plan.bias
        return z

    def _activations(self, plan: _LayerPlan, z: Array) -> Array:
        a = z
        for segment, rows in plan.activations:
            if segment.name == "identity" and len(plan.activations) == 1:
                continue
            vector = ACTIVATIONS[segment.name].vector
            if len(plan.activations) == 1:
                a = vector(np, z, **segment.parameters)
            else:
                a = np.empty_like(z) if a is z else a
                a[rows] = vector(np, np.ascontiguousarray(z[rows]), **segment.parameters)
        if plan.layer.group is not None:
            order = plan.layer.group_order
            grouped = np.empty_like(z)
            grouped[order] = GROUPS[plan.layer.group].vector(np, a[order])
            a = grouped
        return a


def _reduce(segment: _SegmentPlan, sources: Array, dtype: Any) -> Array:
    """Bring the terms of each neuron together, one synapse after the other."""
    n_rows = sources.shape[1]
    aggregation = segment.aggregation
    combine = getattr(np, aggregation.reducer)
    n_neurons = len(segment.counts)
    start = 0.0 if aggregation.empty is None else aggregation.empty
    total = np.full((n_neurons, n_rows), start, dtype)
    for k, step in enumerate(segment.steps):
        x = sources[step.columns][None, :] if isinstance(step.columns, int) else (
            sources.take(step.columns, axis=0)
        )  # fmt: skip
        weights = step.weights
        if aggregation.reducer == "multiply":
            # NumPy's power gives other last bits where an operand is stretched: write both out.
            shape = (step.n_rows, n_rows)
            x = np.ascontiguousarray(np.broadcast_to(x, shape))
            weights = np.ascontiguousarray(np.broadcast_to(weights, shape))
        term = aggregation.pointwise(weights, x)
        if k == 0:
            total[: step.n_rows] = term
        else:
            part = total[: step.n_rows]
            combine(part, term, out=part)
    if aggregation.finish == "divide":
        total /= segment.counts
    elif aggregation.finish == "root":
        np.sqrt(total, out=total)
    return total


def _encode(inputs: Sequence[Input], columns: Mapping[str, Array], out: Array) -> None:
    """Fill in what synapses see of each input: transformed values, and 1 or 0 for categories."""
    at = 0
    for item in inputs:
        x = columns[item.name]
        if item.type == "category":
            for code in range(len(item.units)):
                out[at + code] = x == code
            at += len(item.units)
            continue
        # Transforms run in float64 whatever the dtype: they bring large units into reach.
        for step in item.transforms:
            x = TRANSFORMS[step.kind].vector(np, x, *step.parameters)
        out[at] = x
        at += 1


def _gather(sources: Ints, outputs: Sequence[Array], starts: Sequence[int]) -> Array:
    """The rows of a layer's source units, from the layers that hold them."""
    for start, array in zip(starts, outputs, strict=True):
        n = len(sources)
        is_whole = n == len(array) and n > 0 and sources[0] == start
        if is_whole and np.array_equal(sources, np.arange(start, start + n)):
            return array
    owners = np.searchsorted(np.asarray(starts), sources, side="right") - 1
    gathered = np.empty((len(sources), outputs[0].shape[1]), outputs[0].dtype)
    for owner in np.unique(owners).tolist():
        mine = owners == owner
        gathered[mine] = outputs[owner][sources[mine] - starts[owner]]
    return gathered


def _note_bad(values: Array, first_unit: int, bad: Array, culprits: Ints) -> None:
    """Mark rows in which a unit is not finite, with the first such unit."""
    finite = np.isfinite(values)
    if finite.all():
        return
    found = ~finite.all(axis=0)
    new = found & ~bad
    culprits[new] = first_unit + np.argmin(finite[:, new], axis=0)
    bad |= found


def _rows(rows: Ints, n: int) -> Ints | slice:
    """All rows in order as a slice, which NumPy needs no copy for."""
    whole = len(rows) == n and np.array_equal(rows, np.arange(n))
    return slice(None) if whole else rows


def _check_subnormals() -> None:
    """Warn where the process flushes subnormal numbers to 0, as a -ffast-math library makes it."""
    if np.float64(5e-324) * np.float64(1) == 0:
        warnings.warn(
            "this process flushes subnormal numbers to 0, so results may differ from the "
            "reference: some library in it was built with -ffast-math",
            RuntimeWarning,
            stacklevel=4,
        )


def _quiet() -> None:
    np.seterr(all="ignore")
