"""The layers of a network, cut into what is computed in one go, for the neurons asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from nnspec.evaluators.arrays.plans import LayerPlan
from nnspec.evaluators.kernel.sparse import SparseLayers
from nnspec.program.compiled import Ints


@dataclass(frozen=True, eq=False)
class Kept:
    """A layer's neurons that were asked for: their rows in its outputs, and in the result."""

    own: Ints
    result: Ints


def _kept_by_layer(
    plans: Sequence[LayerPlan], index: Mapping[str, int], neurons: Sequence[str]
) -> list[Kept | None]:
    """By layer, those of its neurons that are among the given; None where there are none."""
    units = np.array([index[name] for name in neurons], np.int64)
    first_units = [plan.holder.first_unit for plan in plans]
    layers = np.searchsorted(first_units, units, side="right") - 1
    order = np.argsort(layers, kind="stable")
    starts = np.searchsorted(layers[order], np.arange(len(plans) + 1))
    asked = [order[start:end] for start, end in pairwise(starts.tolist())]
    return [
        Kept(plan.holder.rows_of(units[some]), some) if len(some) else None
        for plan, some in zip(plans, asked, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class Stretch:
    """Layers that are computed in one go: several only where one call of the kernel does it.

    Parameters
    ----------
    plans
        The layers.
    kept
        Which of the last one's neurons were asked for.
    """

    plans: tuple[LayerPlan, ...]
    kept: Kept | None

    @property
    def last(self) -> LayerPlan:
        """The layer whose outputs it gives."""
        return self.plans[-1]

    @cached_property
    def at_once(self) -> SparseLayers | None:
        """The layers as the kernel takes them, where they are several."""
        first, last = self.plans[0].sparse, self.last.sparse
        if len(self.plans) == 1 or first is None or last is None:
            return None
        return replace(first, layers=slice(first.layers.start, last.layers.stop), fuses=last.fuses)

    @cached_property
    def n_most(self) -> int:
        """How many neurons the largest of the layers has."""
        return max(len(plan.layer.neurons) for plan in self.plans)

    @cached_property
    def finished(self) -> tuple[int, ...]:
        """The holders whose outputs no layer after these reads."""
        return tuple(holder for plan in self.plans for holder in plan.finished)

    @cached_property
    def apart(self) -> tuple[Stretch, ...]:
        """The same, layer by layer."""
        if len(self.plans) == 1:
            return (self,)
        before = tuple(Stretch((plan,), None) for plan in self.plans[:-1])
        return (*before, Stretch((self.last,), self.kept))


def cut(
    plans: Sequence[LayerPlan],
    index: Mapping[str, int],
    neurons: Sequence[str],
    *,
    pre_activations: bool,
) -> list[Stretch]:
    """Cut the layers where the outputs of one are asked for, or the kernel has to stop.

    With ``pre_activations``, a layer of which some neurons are asked for stands by itself.
    """
    kept = _kept_by_layer(plans, index, neurons)
    ends = [
        i
        for i in range(1, len(plans))
        if kept[i - 1] is not None
        or (pre_activations and kept[i] is not None)
        or not _follows(plans[i].sparse, plans[i - 1].sparse)
    ]
    cuts = pairwise([0, *ends, len(plans)])
    return [Stretch(tuple(plans[i:j]), kept[j - 1]) for i, j in cuts]


def _follows(layer: SparseLayers | None, before: SparseLayers | None) -> bool:
    """Whether the kernel can go from one layer to the other."""
    return layer is not None and before is not None and layer.stack is before.stack
