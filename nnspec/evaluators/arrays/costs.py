"""What pays: the compiled kernel, NumPy's steps or a matrix product; and what to say without it.

The rates are rounded from ``python -m benchmarks.sparse`` (its table of densities); decisions only
need them to the nearest power of two or so, since near the line either choice is about as good.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec

from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.program.compiled import CompiledLayer, CompiledNetwork, DenseMatrix

KERNEL_PAYS_FROM = 1_000_000_000
"""Synapses times rows from which the kernel is worth its second of importing and compiling.

NumPy's steps take about as long for that many. Work adds up over calls of one evaluator, so that
the choice never costs more than twice what the better one would have.
"""

BLAS_FROM = {True: 1 / 3, False: 1 / 64}
"""Density from which a matrix product beats the other way, with the kernel and without.

A product takes 3 times as many entries a second as the kernel takes synapses (80e9 and 28e9 at
1024 neurons in float32), and a hundred times as many as NumPy's steps do.
"""

LARGEST_PRODUCT = 2**25
"""Entries that a matrix may have to be filled up for a product: 256 MiB."""

ADVICE = (
    "nnspec: this work is large enough to gain from the compiled kernel, which is many times as "
    "fast and gives the same numbers: pip install 'nnspec[fast]'"
)


def is_sum(layer: CompiledLayer) -> bool:
    """Whether all of a layer's neurons are weighted sums, which the kernel and BLAS know."""
    return len(layer.aggregations) == 1 and AGGREGATIONS[layer.aggregations[0].name].is_sum


def work_per_row(network: CompiledNetwork) -> int:
    """Synapses that the kernel would take over."""
    return sum(layer.weights.n_synapses for layer in network.layers if is_sum(layer))


def takes_product(layer: CompiledLayer, *, has_kernel: bool) -> bool:
    """Whether BLAS is the fastest for a layer, where its order of adding is allowed."""
    n_targets, n_sources = layer.weights.shape
    size = n_targets * n_sources
    if not is_sum(layer) or size == 0:
        return False
    if isinstance(layer.weights, DenseMatrix) and not has_kernel:
        return True
    is_near = layer.weights.n_synapses >= BLAS_FROM[has_kernel] * size
    return is_near and (isinstance(layer.weights, DenseMatrix) or size <= LARGEST_PRODUCT)


@cache
def has_numba() -> bool:
    """Whether the extra ``fast`` is installed."""
    return find_spec("numba") is not None


def kernel(dtype: str, *, fast: bool) -> Callable[..., None]:
    """The compiled kernel; the first call for a dtype takes about a second.

    Raises
    ------
    ImportError
        If numba is not installed.
    """
    from nnspec.evaluators.kernel.sums import sums

    return sums(dtype, fast=fast)


@cache
def advise() -> None:
    """Say once how to get the kernel: on standard error, unless logging is set up otherwise."""
    logging.getLogger("nnspec").warning(ADVICE)
