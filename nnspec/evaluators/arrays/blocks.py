"""One block of rows on its way through the layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.evaluators.arrays.plans import LayerPlan
from nnspec.evaluators.arrays.sources import Holder, alive
from nnspec.evaluators.arrays.steps import reduce_terms
from nnspec.evaluators.arrays.workspace import Workspace
from nnspec.evaluators.encoding import Encoder
from nnspec.evaluators.kernel.sparse import SparseLayers
from nnspec.evaluators.kernel.stretches import Stretch
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.groups import GROUPS
from nnspec.program.compiled import Ints

Array: TypeAlias = NDArray[Any]
Sums: TypeAlias = Callable[..., None]


@dataclass(eq=False)
class RowBlock:
    """What is known of a block of rows, layer by layer.

    Arrays hold units in rows and table rows in columns. They may be wider than the block: what
    stands in the columns beyond it means nothing.

    Parameters
    ----------
    rows
        Which rows of the table.
    width
        Of the arrays.
    workspace
        Where arrays come from.
    sums
        The compiled kernel; where there is none, no layer is planned for it.
    flags
        Where the kernel notes sums that are not finite, shape (width,).
    values, z
        Views of the result's, a row for each neuron asked for; ``z`` None where it is not wanted.
    bad, culprits
        Views of the result's, for these rows.
    """

    rows: slice
    width: int
    workspace: Workspace
    sums: Sums
    flags: Array
    values: Array
    z: Array | None
    bad: NDArray[np.bool_]
    culprits: Ints
    outputs: list[Array | None] = field(default_factory=list)
    borrowed: dict[int, Array] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """How many rows it has."""
        return len(self.bad)

    def encode(self, encoder: Encoder) -> None:
        """Fill in what synapses see of each input."""
        out = self.workspace.take(encoder.n_units, self.width)
        out[:, self.n_rows :] = 0
        encoder.fill(self.rows, out[:, : self.n_rows])
        self._note_bad(out, Holder(0, encoder.n_units))
        self.outputs.append(out)
        self.borrowed[0] = out

    def run(self, stretch: Stretch) -> None:
        """Compute some layers, keep what was asked for, and let go of what is not needed."""
        at_once = stretch.at_once
        if at_once is None or not self._run_at_once(stretch, at_once):
            for layer in stretch.apart:
                self._run_layer(layer)

    def _run_at_once(self, stretch: Stretch, layers: SparseLayers) -> bool:
        """Compute several layers in one call of the kernel.

        False, and nothing is done, where one made a row bad: which neuron was the first can only be
        told layer by layer.
        """
        sources, gathered = self._sources(stretch.plans[0])
        lent, spare = (self.workspace.take(stretch.n_most, self.width) for _ in range(2))
        makes_bad = self._run_kernel(layers, sources, (lent, spare))
        self._give(gathered, spare)
        if makes_bad:
            self._give(lent)
            return False
        z = lent[: len(stretch.last.layer.neurons)]
        self._finish(stretch, z, z if layers.fuses else self._activated(stretch.last, z), lent)
        return True

    def _run_layer(self, stretch: Stretch) -> None:
        """Compute a single layer."""
        plan = stretch.last
        sources, gathered = self._sources(plan)
        lent = None
        if plan.sparse is None:
            z = self._by_numpy(plan, sources)
            a = self._activated(plan, z)
        else:
            z = lent = self.workspace.take(len(plan.layer.neurons), self.width)
            kernel = partial(self._run_kernel, plan.sparse, sources, (z, z))
            wants_z = stretch.kept is not None and self.z is not None
            a = self._by_kernel(plan, kernel, z, fuses=plan.sparse.fuses and not wants_z)
        self._give(gathered)
        self._finish(stretch, z, a, lent)

    def _finish(self, stretch: Stretch, z: Array, a: Array, lent: Array | None) -> None:
        """Keep what was asked for, and give back what no later layer reads.

        ``lent`` is the borrowed array in which z stands, if any.
        """
        kept = stretch.kept
        if kept is not None:
            self.values[kept.result] = a[kept.own, : self.n_rows]
            if self.z is not None:
                self.z[kept.result] = z[kept.own, : self.n_rows]
        self.outputs += [*[None] * (len(stretch.plans) - 1), a]
        if lent is not None and a is z:
            self.borrowed[len(self.outputs) - 1] = lent
        else:
            self._give(lent)
        for holder in stretch.finished:
            self.outputs[holder] = None
            self._give(self.borrowed.pop(holder, None))

    def _give(self, *arrays: Array | None) -> None:
        for array in arrays:
            if array is not None:
                self.workspace.give(array)

    def _sources(self, plan: LayerPlan) -> tuple[Array, Array | None]:
        """What the layer reads; and the array to give back afterwards, if one was needed."""
        found = plan.sources
        if found.is_whole or (plan.sparse is not None and len(found.parts) == 1):
            return alive(self.outputs[found.parts[0].holder]), None
        gathered = self.workspace.take(found.n_units, self.width)
        return found.gather(self.outputs, gathered), gathered

    # -- pre-activations and activations ----------------------------------------------------------

    def _by_kernel(
        self, plan: LayerPlan, kernel: Callable[..., bool], z: Array, *, fuses: bool
    ) -> Array:
        """Fill in pre-activations and give outputs; the same array where the kernel did both."""
        if not fuses:
            if kernel(z_only=True):
                self._note_bad(z, plan.holder)
            return self._activated(plan, z)
        if kernel():
            # The first neuron that is not finite can only be told from the sums themselves.
            kernel(z_only=True)
            self._note_bad(z, plan.holder)
            kernel()
        return z

    def _run_kernel(
        self,
        layers: SparseLayers,
        sources: Array,
        results: tuple[Array, Array],
        *,
        z_only: bool = False,
    ) -> bool:
        """Run the kernel; whether it made rows bad that had been well."""
        layers.run(
            self.sums, sources, results, self.flags, n_rows=self.n_rows, z_only=z_only
        )  # fmt: skip
        if np.add.reduce(self.flags[: self.n_rows]) == 0:
            return False
        not_finite = np.isnan(self.flags[: self.n_rows])
        return bool((not_finite & ~self.bad).any())

    def _by_numpy(self, plan: LayerPlan, sources: Array) -> Array:
        if plan.product is not None:
            z: Array = plan.product @ sources
        else:
            z = np.empty((len(plan.layer.neurons), sources.shape[1]), sources.dtype)
            for segment in plan.segments:
                z[segment.rows] = reduce_terms(segment, sources, sources.dtype)
        z += plan.bias
        self._note_bad(z, plan.holder)
        return z

    def _activated(self, plan: LayerPlan, z: Array) -> Array:
        a = z
        for segment, rows in plan.activations:
            if segment.is_identity and len(plan.activations) == 1:
                continue
            vector = ACTIVATIONS[segment.name].vector
            if len(plan.activations) == 1:
                a = vector(np, z, **segment.parameters)
            else:
                a = np.empty_like(z) if a is z else a
                a[rows] = vector(np, np.ascontiguousarray(z[rows]), **segment.parameters)
        if plan.layer.group is not None:
            # A group may make numbers of what is none: a share of 0, a winner among infinities.
            if a is not z:
                self._note_bad(a, plan.holder)
            order = plan.layer.group_order
            grouped = np.empty_like(z)
            grouped[order] = GROUPS[plan.layer.group].vector(np, a[order])
            a = grouped
        if a is not z:
            self._note_bad(a, plan.holder)
        return a

    def _note_bad(self, values: Array, holder: Holder) -> None:
        """Mark rows in which a unit is not finite, with the first such unit."""
        finite = np.isfinite(values[:, : self.n_rows])
        if finite.all():
            return
        if holder.rows is not None:
            finite = finite[holder.rows]
        found = ~finite.all(axis=0)
        new = found & ~self.bad
        self.culprits[new] = holder.first_unit + np.argmin(finite[:, new], axis=0)
        self.bad |= found
