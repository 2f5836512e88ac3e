"""The compiled kernel for layers of weighted sums; importing it imports numba.

For each neuron and tile of rows, the sum stays in registers while its synapses pass by, one vector
load, one multiplication and one addition at a time: no partial sum goes through memory. Rows are
the vector's lanes, so that terms are added in the order of the definition, each product rounded
before it is added, as NumPy does it: the bits are the same. With ``fast``, the processor may fuse
the two roundings into one.

The tile is written as LLVM vectors because numba leaves the choice of what to keep in registers to
LLVM's vectoriser, which stores the partial sums after each synapse.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np
from llvmlite import binding, ir
from numba.core import types
from numba.extending import intrinsic

from nnspec.evaluators.arrays.workspace import LINE_BYTES, TILE_BYTES

INDEX = ir.IntType(64)


def _tile_bytes() -> int:
    """What a tile holds of a row of units: 8 registers, of 64 bytes where the processor has them.

    8 sums on their way hide the time that one addition takes.
    """
    features = binding.get_host_cpu_features()
    return TILE_BYTES if features.get("avx512f") else TILE_BYTES // 2


@cache
def sums(dtype: str, *, fast: bool) -> Callable[..., None]:
    """The compiled function for a dtype.

    It computes layers each of which reads what the one before it gave, and takes the array of the
    first one's sources, of shape (n_sources, width); the layers, as
    :class:`nnspec.evaluators.kernel.sparse.SparseStack` lists them; how many columns to fill in, at
    least;
    the array for the last one's results, of shape (n_targets, width), and one of as many units as
    any layer has for those in between, which go to and fro; and an array of shape (width,), whose
    elements become nan where a sum of that column is not finite in any layer, and 0 elsewhere.
    """
    size = np.dtype(dtype).itemsize
    n_large, n_small = _tile_bytes() // size, LINE_BYTES // size
    large, small = _tile(n_large, fast=fast), _tile(n_small, fast=fast)

    def run(
        x: Any, starts: Any, targets: Any, indptr: Any, indices: Any, data: Any, bias: Any,
        low: Any, high: Any, columns: int, out: Any, spare: Any, flags: Any,
    ) -> None:  # fmt: skip
        flags[:] = 0
        n_layers = len(low)
        for k in range(n_layers):
            into = spare if (n_layers - k) % 2 == 0 else out
            column = 0
            while column < columns:
                # One sum alone waits for each addition: a tile of eight takes the time of two.
                if columns - column > 2 * n_small and column + n_large <= into.shape[1]:
                    for i in range(starts[k], starts[k + 1]):
                        synapses = (indptr[i], indptr[i + 1])
                        large(x, column, indices, data, synapses, (bias[i], low[k], high[k]), into,
                              targets[i], flags)  # fmt: skip
                    column += n_large
                else:
                    for i in range(starts[k], starts[k + 1]):
                        synapses = (indptr[i], indptr[i + 1])
                        small(x, column, indices, data, synapses, (bias[i], low[k], high[k]), into,
                              targets[i], flags)  # fmt: skip
                    column += n_small
            x = into

    real, one = getattr(types, dtype), types.Array
    array = one(real, 2, "C")
    signature = types.void(
        array, one(types.int64, 1, "C"), one(types.int64, 1, "C"), one(types.int64, 1, "C"),
        one(types.int32, 1, "C"), one(real, 1, "C"), one(real, 1, "C"),
        one(real, 1, "C"), one(real, 1, "C"), types.int64, array, array, one(real, 1, "C"),
    )  # fmt: skip
    compiled: Callable[..., None] = numba.njit(signature, nogil=True)(run)
    return compiled


def _tile(lanes: int, *, fast: bool) -> Any:
    """The intrinsic that computes one target for so many rows."""

    @intrinsic
    def tile(
        _context: Any, x: Any, column: Any, indices: Any, data: Any, synapses: Any, bounds: Any,
        out: Any, target: Any, flags: Any,
    ) -> Any:  # fmt: skip
        signature = types.void(x, column, indices, data, synapses, bounds, out, target, flags)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            _Tile(context, builder, signature.args, arguments, lanes, fast).write()
            return context.get_dummy_value()

        return signature, generate

    return tile


class _Tile:
    """Writes the LLVM instructions of one tile."""

    def __init__(
        self, context: Any, builder: Any, kinds: Any, values: Any, lanes: int, fast: bool
    ) -> None:
        names = ("x", "column", "indices", "data", "synapses", "bounds", "out", "target", "flags")
        self.builder = builder
        self.values = dict(zip(names, values, strict=True))
        self.arrays = {
            name: context.make_array(kind)(context, builder, value)
            for name, kind, value in zip(names, kinds, values, strict=True)
            if isinstance(kind, types.Array)
        }
        self.lanes = lanes
        self.vector = ir.VectorType(context.get_value_type(kinds[0].dtype), lanes)
        self.alignment = kinds[0].dtype.bitwidth // 8
        self.flags = ("contract",) if fast else ()

    def write(self) -> None:
        """The sum, the bias, the flag, the bounds, and the result's way to memory."""
        builder = self.builder
        bias, low, high = [
            self.splat(builder.extract_value(self.values["bounds"], i)) for i in range(3)
        ]
        z = builder.fadd(self.sum(), bias)
        finite = self.address("flags", self.values["column"])
        self.store(builder.fadd(self.load(finite), builder.fsub(z, z)), finite)
        # Comparisons with nan are false, so that a nan stays.
        a = builder.select(builder.fcmp_ordered("<", z, low), low, z)
        a = builder.select(builder.fcmp_ordered(">", a, high), high, a)
        self.store(a, self.cell("out", self.values["target"]))

    def sum(self) -> Any:
        """The loop over the target's synapses; the sum of none is 0."""
        builder = self.builder
        start, end = [builder.extract_value(self.values["synapses"], i) for i in range(2)]
        before = builder.block
        loop, after = [builder.append_basic_block(name) for name in ("synapse", "summed")]
        builder.cbranch(builder.icmp_signed("<", start, end), loop, after)
        builder.position_at_end(loop)
        k, total = builder.phi(INDEX), builder.phi(self.vector)
        source = builder.sext(builder.load(self.address("indices", k)), INDEX)
        weight = self.splat(builder.load(self.address("data", k)))
        term = builder.fmul(weight, self.load(self.cell("x", source)), flags=self.flags)
        more, following = builder.fadd(total, term, flags=self.flags), builder.add(k, INDEX(1))
        for phi, first, then in ((k, start, following), (total, self.zero(), more)):
            phi.add_incoming(first, before)
            phi.add_incoming(then, loop)
        builder.cbranch(builder.icmp_signed("<", following, end), loop, after)
        builder.position_at_end(after)
        result = builder.phi(self.vector)
        result.add_incoming(self.zero(), before)
        result.add_incoming(more, loop)
        return result

    def address(self, name: str, index: Any) -> Any:
        """Where an element of a one-dimensional array lies."""
        return self.builder.gep(self.arrays[name].data, [index])

    def cell(self, name: str, row: Any) -> Any:
        """Where the tile's first column of a row lies."""
        width = self.builder.extract_value(self.arrays[name].shape, 1)
        at = self.builder.add(self.builder.mul(row, width), self.values["column"])
        return self.builder.gep(self.arrays[name].data, [at])

    def load(self, address: Any) -> Any:
        """A vector from memory."""
        return self.builder.load(self.as_vector(address), align=self.alignment)

    def store(self, value: Any, address: Any) -> None:
        """A vector to memory."""
        self.builder.store(value, self.as_vector(address), align=self.alignment)

    def as_vector(self, address: Any) -> Any:
        """The same address, of a vector."""
        return self.builder.bitcast(address, self.vector.as_pointer())

    def splat(self, value: Any) -> Any:
        """A vector of the same number in every lane."""
        undefined = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(undefined, value, ir.IntType(32)(0))
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(first, undefined, everywhere)

    def zero(self) -> Any:
        """A vector of zeros."""
        return ir.Constant(self.vector, [0.0] * self.lanes)
