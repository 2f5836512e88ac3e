"""The fast evaluator: blocks of rows through NumPy or the compiled kernel.

Arrays hold units in rows and table rows in columns, so that each step of a sum is one pass over
contiguous memory. Terms are added one synapse after the other, in both ways, so that a row has the
same bits in any block, with the kernel and without. `fast=True` gives that guarantee up, for BLAS
and for fused multiplication and addition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from nnspec.evaluators.arrays.blocks import RowBlock
from nnspec.evaluators.arrays.costs import KERNEL_PAYS_FROM, advise, has_numba, kernel, work_per_row
from nnspec.evaluators.arrays.plans import LayerPlan, plan_layers
from nnspec.evaluators.arrays.workspace import TILE_BYTES, Workspace, padded_width
from nnspec.evaluators.encoding import Encoder
from nnspec.evaluators.evaluated import Array, Evaluated, Results, check_subnormals
from nnspec.evaluators.kernel.stretches import cut
from nnspec.program.compiled import CompiledNetwork

BLOCK_BYTES = 2**21
"""How much of one layer a block of rows may fill: it should stay in the processor's cache."""

MIN_BLOCK, MAX_BLOCK = 64, 8192

KERNEL_BYTES = 2**19
"""The same for the kernel: what it reads and what it writes should stay in the second cache."""


class VectorisedEvaluator:
    """Evaluates one compiled network; immutable in what it gives, so that threads may share it.

    Parameters
    ----------
    network
        The network.
    dtype
        ``float64``, the reference, or ``float32``.
    fast
        Use BLAS, and fused multiplication and addition, for weighted sums: results may then change
        in the last bits with the number of rows, the machine and the number of threads.
    use_kernel
        Whether to use the compiled kernel; None to use it once that pays, if it is installed.
    """

    def __init__(
        self,
        network: CompiledNetwork,
        dtype: str = "float64",
        *,
        fast: bool = False,
        use_kernel: bool | None = None,
    ) -> None:
        self.network = network
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float64, np.float32):
            raise ValueError(f"dtype must be float64 or float32; given {dtype}")
        check_subnormals()
        self._fast = fast
        self._use_kernel = use_kernel
        self._work_per_row = work_per_row(network)
        self._rows_done = 0
        self._widest = max(
            [network.n_input_units, *(len(layer.neurons) for layer in network.layers)]
        )

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
        n_rows = len(next(iter(columns.values()))) if columns else 0
        names = tuple(dict.fromkeys(neurons))
        result = Results.empty(len(names), n_rows, self.dtype, pre_activations=pre_activations)
        by_kernel = self._kernel_pays(n_rows)
        size = self._block_size(n_rows, threads, by_kernel) if block_rows is None else block_rows
        blocks = [slice(at, min(at + size, n_rows)) for at in range(0, n_rows, size)]
        work = _Work(self, by_kernel, columns, names, result)
        with np.errstate(all="ignore"):
            if threads <= 1 or len(blocks) < 2:
                for block in blocks:
                    work.run(block)
            else:
                with ThreadPoolExecutor(threads, initializer=_quiet) as pool:
                    list(pool.map(work.run, blocks))
        return result.by_name(names)

    def plans(self, *, by_kernel: bool) -> tuple[LayerPlan, ...]:
        """How each layer is computed, with the kernel or without."""
        return self._kernel_plans if by_kernel else self._numpy_plans

    # Two threads may both plan; either plan will do.
    @cached_property
    def _kernel_plans(self) -> tuple[LayerPlan, ...]:
        return self._planned(kernel=True)

    @cached_property
    def _numpy_plans(self) -> tuple[LayerPlan, ...]:
        return self._planned(kernel=False)

    def _planned(self, *, kernel: bool) -> tuple[LayerPlan, ...]:
        with np.errstate(over="ignore"):  # a weight beyond float32 makes its rows bad, by name
            return plan_layers(self.network, self.dtype, kernel=kernel, fast=self._fast)

    def sums(self, *, by_kernel: bool) -> Any:
        """The compiled kernel, or None."""
        return kernel(self.dtype.name, fast=self._fast) if by_kernel else None

    def _kernel_pays(self, n_rows: int) -> bool:
        """Whether to use the kernel from here on; work done so far counts too."""
        if self._use_kernel is not None:
            return self._use_kernel
        self._rows_done += n_rows
        if self._work_per_row * self._rows_done < KERNEL_PAYS_FROM:
            return False
        if not has_numba():
            advise()
            return False
        return True

    def _block_size(self, n_rows: int, threads: int, by_kernel: bool) -> int:
        row_bytes = self._widest * self.dtype.itemsize
        if not by_kernel:
            return max(MIN_BLOCK, min(MAX_BLOCK, BLOCK_BYTES // row_bytes))
        # Whole tiles, as the kernel is slower on what remains; as many blocks for each thread.
        tile = TILE_BYTES // self.dtype.itemsize
        most = max(tile, min(MAX_BLOCK, KERNEL_BYTES // row_bytes) // tile * tile)
        rounds = max(1, -(-n_rows // (threads * most)))
        return -(-n_rows // (rounds * threads * tile)) * tile or tile


class _Work:
    """One evaluation: what its blocks have in common."""

    def __init__(
        self,
        evaluator: VectorisedEvaluator,
        by_kernel: bool,
        columns: Mapping[str, Array],
        neurons: Sequence[str],
        result: Results,
    ) -> None:
        network = evaluator.network
        self.dtype = evaluator.dtype
        self.encoder = Encoder(network.inputs, columns)
        self.result = result
        self.sums = evaluator.sums(by_kernel=by_kernel)
        plans = evaluator.plans(by_kernel=by_kernel)
        wants_z = result.z is not None
        self.stretches = cut(plans, network.index, neurons, pre_activations=wants_z)
        self.workspaces: SimpleQueue[Workspace] = SimpleQueue()

    def run(self, rows: slice) -> None:
        """Evaluate a block of rows."""
        workspace = self._workspace()
        n_rows = rows.stop - rows.start
        width = n_rows if self.sums is None else padded_width(n_rows, self.dtype)
        flags = np.empty(0 if self.sums is None else width, self.dtype)
        result = self.result
        block = RowBlock(
            rows, width, workspace, self.sums, flags,
            result.values[:, rows], None if result.z is None else result.z[:, rows],
            result.bad[rows], result.culprits[rows],
        )  # fmt: skip
        block.encode(self.encoder)
        for stretch in self.stretches:
            block.run(stretch)
        self.workspaces.put(workspace)

    def _workspace(self) -> Workspace:
        try:
            return self.workspaces.get_nowait()
        except Empty:
            return Workspace(self.dtype)


def _quiet() -> None:
    np.seterr(all="ignore")
