"""A search that cuts boxes of a table's cells until their bounds are enough."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from nnspec.program.program import Floats
from nnspec.proving.enclosures import Cases, Enclosure

AT_ONCE = 256
"""Boxes that are bounded together."""

MOST_OPEN = 200_000
"""Open boxes, beyond which a search is given up."""

FEW_JUMPS = 16
"""Of so many neurons that jump, each case is looked at before any input is cut."""

WIDEST_WITH_CASES = 2.0**-4
"""The share of their ranges from which on boxes are told apart by what jumps in them."""

NARROWEST = 2.0**-30
"""The share of its range below which an input is not cut."""


class Cutting:
    """Boxes that are still open, the one that is known least of first."""

    def __init__(self, enclosure: Enclosure) -> None:
        self.enclosure = enclosure
        some = (enclosure.low <= enclosure.high).all(axis=0)  # of one value there is no step
        self.low, self.high = enclosure.low[:, some], enclosure.high[:, some]
        self.least = np.full(1, -np.inf)
        self.sway = np.full(self.low.shape, np.inf)
        self.cases = np.full((len(enclosure.jumps), 1), -1, dtype=np.int8)
        self.undecided = np.zeros((len(enclosure.jumps), 1), dtype=np.bool_)
        self.n_boxes = 0
        self.margin = np.inf
        self.seeks = enclosure.demand.axis is None
        self.witness = enclosure.low[:, 0]

    def until(self, deadline: float, most_boxes: float = np.inf) -> str:
        """``proved``, ``refuted`` by :attr:`witness`, or why it is neither."""
        while self.low.shape[1]:
            if self.n_boxes >= most_boxes:
                return "too many boxes were looked at"
            if time.process_time() > deadline:
                return "out of time"
            if self.low.shape[1] > MOST_OPEN:
                return "too many boxes are open"
            order = np.argsort(self.least, kind="stable")
            chosen, rest = order[:AT_ONCE], order[AT_ONCE:]
            halves = self._halves(chosen)
            if halves is None:
                return "a box cannot be cut any further"
            bounded = self.enclosure.bounded(*halves)
            self.n_boxes += halves[0].shape[1]
            done = bounded.least >= 0
            self.margin = min(self.margin, float(bounded.least[done].min(initial=np.inf)))

            def kept(old: Any, new: Any, rest: Any = rest, done: Any = done) -> Any:
                return np.concatenate([old[..., rest], new[..., ~done]], axis=-1)

            self.low, self.high = kept(self.low, halves[0]), kept(self.high, halves[1])
            self.cases, self.undecided = (
                kept(self.cases, halves[2]), kept(self.undecided, bounded.undecided),
            )  # fmt: skip
            self.least, self.sway = kept(self.least, bounded.least), kept(self.sway, bounded.sway)
            if self.seeks and not done.all():
                points = bounded.worst[:, ~done]
                values = self.enclosure.values(points)
                if values.min() < 0:
                    self.witness = points[:, int(values.argmin())]
                    return "refuted"
        return "proved"

    def _halves(self, chosen: Any) -> tuple[Floats, Floats, Cases] | None:
        """Boxes cut in two along the input that sways most; the first box stays whole.

        A small one is told apart by the cases of a neuron that jumps in it, if there is one.
        """
        low, high, cases = self.low[:, chosen], self.high[:, chosen], self.cases[:, chosen]
        if self.n_boxes == 0:
            return low, high, cases
        own = self.enclosure
        width = high - low
        share = width / np.where(own.high > own.low, own.high - own.low, 1.0)
        can = np.where(own.whole, width >= 1, share > NARROWEST)
        unknown = self.undecided[:, chosen] & (cases < 0)
        small = np.where(can, share, 0.0).max(axis=0, initial=0.0) <= WIDEST_WITH_CASES
        told = unknown.any(axis=0) & (small | (len(unknown) <= FEW_JUMPS))
        if not (can.any(axis=0) | told).all():
            return None
        sway = np.where(can, self.sway[:, chosen], -1.0)
        greatest = sway.max(axis=0)
        axis = np.where(can & (sway >= greatest / 2), share, -1.0).argmax(axis=0)
        at = np.arange(len(chosen))[~told]
        axis = axis[~told]
        middle = low[axis, at] / 2 + high[axis, at] / 2
        whole = own.whole[axis, 0]
        left, right = high.copy(), low.copy()
        left[axis, at] = np.where(whole, np.floor(middle), middle)
        right[axis, at] = np.where(whole, np.floor(middle) + 1, middle)
        lower, higher = cases.copy(), cases.copy()
        if told.any():
            first = unknown.argmax(axis=0)[told]
            lower[first, told], higher[first, told] = 0, 1
        return self._allowed(
            np.concatenate([low, right], axis=1),
            np.concatenate([left, high], axis=1),
            np.concatenate([lower, higher], axis=1),
        )

    def _allowed(self, low: Floats, high: Floats, cases: Cases) -> tuple[Floats, Floats, Cases]:
        """Boxes without those that hold none of the categories asked for."""
        keep = np.ones(low.shape[1], dtype=np.bool_)
        for i, axis in enumerate(self.enclosure.domain.axes):
            if axis.codes:
                codes = np.array(axis.codes)[:, None]
                keep &= ((low[i] <= codes) & (codes <= high[i])).any(axis=0)
        return low[:, keep], high[:, keep], cases[:, keep]

    @property
    def worst(self) -> float:
        """The least bound of the boxes that are open."""
        return float(self.least.min())

    @property
    def open_share(self) -> float:
        """The share of the domain's volume that is open."""
        own = self.enclosure
        room = np.where(own.whole, 1.0, 0.0)
        of = np.where(own.high > own.low, own.high - own.low, 1.0) + room
        wide = np.where(own.high > own.low, self.high - self.low, 1.0) + room
        return float((wide / of).prod(axis=0).sum())

    @property
    def resisting(self) -> dict[str, tuple[float, float]]:
        """The box that is known least of, by input; categories are left out."""
        at = int(self.least.argmin())
        return {
            axis.name: (float(self.low[i, at]), float(self.high[i, at]))
            for i, axis in enumerate(self.enclosure.domain.axes)
            if not axis.codes
        }
