"""One block of rows on its way through the layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.activations import ACTIVATIONS
from nnspec.evaluators.plans import Kept, LayerPlan
from nnspec.evaluators.sources import Holder, alive
from nnspec.evaluators.sparse import SparseLayer
from nnspec.evaluators.steps import reduce_terms
from nnspec.evaluators.workspace import Workspace
from nnspec.groups import GROUPS
from nnspec.model import Input
from nnspec.network import Ints
from nnspec.transforms import TRANSFORMS

Array: TypeAlias = NDArray[Any]
Sums: TypeAlias = Callable[..., None]


@dataclass(eq=False)
class Block:
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
        The compiled kernel, where there is one.
    flags
        Where the kernel notes sums that are not finite: a column for each that it fills in.
    values, z
        Views of the result's, a row for each neuron asked for; ``z`` None where it is not wanted.
    bad, culprits
        Views of the result's, for these rows.
    """

    rows: slice
    width: int
    workspace: Workspace
    sums: Sums | None
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

    def encode(self, inputs: Sequence[Input], columns: Mapping[str, Array], n_units: int) -> None:
        """Fill in what synapses see of each input."""
        out = self.workspace.take(n_units, self.width)
        out[:, self.n_rows :] = 0
        fill_inputs(inputs, columns, self.rows, out[:, : self.n_rows])
        self._note_bad(out, Holder(0, n_units))
        self.outputs.append(out)
        self.borrowed[0] = out

    def run(self, plan: LayerPlan, kept: Kept | None) -> None:
        """Compute a layer, keep what was asked for, and let go of what is not needed any more."""
        sources, gathered = self._sources(plan)
        if plan.sparse is not None and self.sums is not None:
            kernel = partial(self._run_kernel, self.sums, plan.sparse, sources)
            wants_z = kept is not None and self.z is not None
            z, a = self._by_kernel(plan, kernel, fuses=plan.sparse.fuses and not wants_z)
        else:
            z = self._by_numpy(plan, sources)
            a = self._activated(plan, z)
        if kept is not None:
            self.values[kept.result] = a[kept.own, : self.n_rows]
            if self.z is not None:
                self.z[kept.result] = z[kept.own, : self.n_rows]
        if gathered is not None:
            self.workspace.give(gathered)
        if plan.sparse is not None:
            self._own(z, is_output=a is z)
        self.outputs.append(a)
        for holder in plan.finished:
            self._release(holder)

    def _own(self, z: Array, *, is_output: bool) -> None:
        """Give a borrowed array back now, or with the layer's outputs if it is what they are."""
        if is_output:
            self.borrowed[len(self.outputs)] = z
        else:
            self.workspace.give(z)

    def _release(self, holder: int) -> None:
        self.outputs[holder] = None
        array = self.borrowed.pop(holder, None)
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
        self, plan: LayerPlan, kernel: Callable[..., bool], *, fuses: bool
    ) -> tuple[Array, Array]:
        """Pre-activations and outputs; the same array where the kernel did both at once."""
        out = self.workspace.take(len(plan.layer.neurons), self.width)
        if not fuses:
            if kernel(out, z_only=True):
                self._note_bad(out, plan.holder)
            return out, self._activated(plan, out)
        if kernel(out, z_only=False):
            # The first neuron that is not finite can only be told from the sums themselves.
            kernel(out, z_only=True)
            self._note_bad(out, plan.holder)
            kernel(out, z_only=False)
        return out, out

    def _run_kernel(
        self, sums: Sums, sparse: SparseLayer, sources: Array, out: Array, *, z_only: bool
    ) -> bool:
        """Run the kernel; whether it made rows bad that had been well."""
        sparse.run(sums, sources, out, self.flags, z_only=z_only)
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


def fill_inputs(
    inputs: Sequence[Input], columns: Mapping[str, Array], rows: slice, out: Array
) -> None:
    """Fill in what synapses see of each input: transformed values, and 1 or 0 for categories."""
    at = 0
    for item in inputs:
        x = columns[item.name][rows]
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
