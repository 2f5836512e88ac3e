"""How each layer of a network is going to be computed: decided once, for all blocks of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.evaluators.arrays.costs import is_sum, takes_product
from nnspec.evaluators.arrays.sources import Holder, Sources
from nnspec.evaluators.arrays.steps import SegmentPlan, as_rows, plan_segment
from nnspec.evaluators.kernel.sparse import (
    SparseLayers,
    SparsePart,
    SparseStack,
    Synapses,
    in_order_of_use,
    list_synapses,
)
from nnspec.program.compiled import CompiledLayer, CompiledNetwork, Ints, Segment

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True, eq=False)
class LayerPlan:
    """One layer, ready to be run.

    Exactly one of ``segments``, ``product`` and ``sparse`` computes the pre-activations.

    Parameters
    ----------
    layer
        The layer.
    holder
        Which units it gives, and in which rows of its outputs they stand.
    sources
        Where what it reads comes from.
    bias
        Shape (n_neurons, 1).
    segments
        One synapse after the other, through NumPy.
    product
        The whole matrix, for BLAS.
    sparse
        The synapses, for the compiled kernel.
    activations
        Which rows use which function.
    finished
        The holders whose outputs no later layer reads.
    """

    layer: CompiledLayer
    holder: Holder
    sources: Sources
    bias: Array
    segments: tuple[SegmentPlan, ...]
    product: Array | None
    sparse: SparseLayers | None
    activations: tuple[tuple[Segment, Ints | slice], ...]
    finished: tuple[int, ...]


def plan_layers(
    network: CompiledNetwork, dtype: np.dtype[Any], *, kernel: bool, fast: bool
) -> tuple[LayerPlan, ...]:
    """Plan every layer.

    Parameters
    ----------
    kernel
        Whether there is the compiled kernel.
    fast
        Whether BLAS may be used.
    """
    products = [fast and takes_product(layer, has_kernel=kernel) for layer in network.layers]
    listed = [
        list_synapses(layer) if kernel and is_sum(layer) and not by_product else None
        for layer, by_product in zip(network.layers, products, strict=True)
    ]
    readers = _readers(network)
    holders = _holders(network, listed, readers)
    sources = [
        Sources.find(layer.sources, holders[: i + 1]) for i, layer in enumerate(network.layers)
    ]
    parts = {
        i: SparsePart.plan(
            network.layers[i], synapses, _kernel_rows(sources[i]), holders[i + 1].rows, dtype
        )
        for i, synapses in enumerate(listed)
        if synapses is not None
    }
    sparse = _stacked(parts, sources, readers)
    finished = _finished(readers, len(network.layers))
    return tuple(
        _plan(layer, holders[i + 1], sources[i], sparse.get(i), products[i], dtype, finished[i])
        for i, layer in enumerate(network.layers)
    )


def _stacked(
    parts: Mapping[int, SparsePart],
    sources: Sequence[Sources],
    readers: Sequence[tuple[int, ...]],
) -> dict[int, SparseLayers]:
    """The kernel's layers; those in one stack that it can compute in one call."""
    stacks: list[dict[int, SparsePart]] = []
    for i, part in parts.items():
        before = stacks[-1].get(i - 1) if stacks else None
        joins = before is not None and before.bounds is not None
        # Holder i has what the layer before gives.
        if joins and sources[i].holders == (i,) and readers[i] == (i,):
            stacks[-1][i] = part
        else:
            stacks.append({i: part})
    found = {}
    for of_stack in stacks:
        stack = SparseStack.of(list(of_stack.values()))
        for place, (i, part) in enumerate(of_stack.items()):
            found[i] = SparseLayers(stack, slice(place, place + 1), part.bounds is not None)
    return found


def _plan(
    layer: CompiledLayer,
    holder: Holder,
    sources: Sources,
    sparse: SparseLayers | None,
    by_product: bool,
    dtype: np.dtype[Any],
    finished: tuple[int, ...],
) -> LayerPlan:
    by_steps = sparse is None and not by_product
    return LayerPlan(
        layer=layer,
        holder=holder,
        sources=sources,
        bias=layer.bias.astype(dtype)[:, None],
        segments=tuple(
            plan_segment(layer, segment, dtype) for segment in layer.aggregations if by_steps
        ),
        product=layer.weights.to_dense().astype(dtype) if by_product else None,
        sparse=sparse,
        activations=tuple((s, as_rows(s.rows, len(layer.neurons))) for s in layer.activations),
        finished=finished,
    )


def _kernel_rows(sources: Sources) -> Ints:
    """The row of each source: in the one array that has them all, or in one gathered."""
    if len(sources.parts) == 1:
        return sources.parts[0].rows
    return np.arange(sources.n_units)


def _holders(
    network: CompiledNetwork,
    listed: Sequence[Synapses | None],
    readers: Sequence[tuple[int, ...]],
) -> list[Holder]:
    """The inputs' array and each layer's, its rows in the order in which they are first used."""
    holders = [Holder(0, network.n_input_units)]
    for i, layer in enumerate(network.layers):
        first_unit = holders[-1].first_unit + holders[-1].n_units
        # Rows may only move where no function acts on some of them or on all of them together.
        may_move = listed[i] is not None and layer.group is None and len(layer.activations) == 1
        rows = None
        if may_move and readers[i + 1]:
            reader = readers[i + 1][0]
            rows = _rows_for_use(
                network.layers[reader], listed[reader], first_unit, len(layer.neurons)
            )
        holders.append(Holder(first_unit, len(layer.neurons), rows))
    return holders


def _rows_for_use(
    reader: CompiledLayer, synapses: Synapses | None, first_unit: int, n_units: int
) -> Ints | None:
    """The rows that suit the first reader, if the kernel takes it and it reads nothing else."""
    n_targets, n_sources = reader.weights.shape
    if synapses is None or 2 * len(synapses.data) >= n_targets * n_sources:
        return None
    units = reader.sources - first_unit
    if (units < 0).any() or (units >= n_units).any():
        return None
    return in_order_of_use(units[synapses.indices], n_units)


def _readers(network: CompiledNetwork) -> list[tuple[int, ...]]:
    """By holder, the layers that read it, in order: the inputs' first, then each layer's."""
    sizes = [network.n_input_units, *(len(layer.neurons) for layer in network.layers)]
    starts = np.cumsum([0, *sizes[:-1]])
    found: list[list[int]] = [[] for _ in sizes]
    for i, layer in enumerate(network.layers):
        for owner in np.unique(np.searchsorted(starts, layer.sources, side="right") - 1).tolist():
            found[owner].append(i)
    return [tuple(layers) for layers in found]


def _finished(readers: Sequence[tuple[int, ...]], n_layers: int) -> list[tuple[int, ...]]:
    """After each layer, the holders that no later layer reads."""
    found: list[list[int]] = [[] for _ in range(n_layers)]
    for holder, layers in enumerate(readers):
        own = max(holder - 1, 0)
        found[layers[-1] if layers else own].append(holder)
    return [tuple(holders) for holders in found]
