"""Wakes neurons that no point has yet brought past their hinge.

A fault may lie behind a neuron that is silent nearly everywhere. Its z is known all the same, and
leads to where it is not: each input is moved by itself, then every move that helps at once, then
along the slope; and inputs that woke one neuron are copied to where another nearly wakes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnspec.claims.domain import Points
from nnspec.claims.search.probe import Floats, Probe

AT_ONCE = 4
"""How many neurons are woken side by side."""

PATIENCE = 3
"""Rounds without progress after which a neuron is left asleep."""

MOST_AXES = 24
"""How many inputs are moved by themselves in one round."""

CRITICALS = 4
"""Values that matter by themselves that one input is moved to in one round."""

AMONG = 16
"""Of how many of the best points one is chosen."""

GRAFTS = 8
"""How many points of each round copy inputs from elsewhere."""

STEPS = 2.0 ** np.arange(-4, 4)
"""How far along the slope, in shares of the way at whose end z would meet the hinge."""

MOST_TOLD = 32
"""Of how many neurons left asleep it is told what they depend on."""

DELTA = 1e-6
"""The step by which a slope is measured, as a share of an input's range."""


class Waker:
    """Looks for points at which neurons pass hinges that they have not passed before.

    Parameters
    ----------
    probe
        What evaluates points.
    criticals
        For each input, values that matter by themselves.
    rng
        Source of chance.
    points, above
        What was tried so far, and how far z lies above each hinge there.
    """

    def __init__(
        self,
        probe: Probe,
        criticals: tuple[Floats, ...],
        rng: np.random.Generator,
        points: Points,
        above: Floats,
    ) -> None:
        self.probe = probe
        self.criticals = criticals
        self.rng = rng
        self.points = points
        # Turned so that a hinge is passed where its row is above 0: to touch it wakes no rectifier.
        self.sign = np.where((above <= 0).all(axis=1), 1.0, -1.0)
        self.toward = self.sign[:, None] * above
        self.n_given = points.shape[1]
        self.tries: dict[int, int] = {}

    def run(self, budget: int) -> Points:
        """Spend a budget of points; gives those that brought a sleeping neuron furthest."""
        end = self.probe.n_inputs + budget
        every = self._asleep()
        queue, stale = list(every), dict[int, int]()
        while self.probe.n_inputs < end and (queue or stale) and not self.probe.is_late:
            while queue and len(stale) < AT_ONCE:
                stale[queue.pop(0)] = 0
            before = {hinge: self._reached(hinge) for hinge in stale}
            self._round(list(stale))
            for hinge, reached in before.items():
                stale[hinge] = 0 if self._reached(hinge) > reached else stale[hinge] + 1
                if stale[hinge] >= PATIENCE and reached <= 0:
                    self.tries[hinge] = self.tries.get(hinge, 0) + 1
                    queue.append(hinge)  # to be tried again, from elsewhere, if budget is left
                # A neuron that was awake before this round has been carried on by it.
                if reached > 0 or stale[hinge] >= PATIENCE:
                    del stale[hinge]
        best = {int(self.toward[hinge].argmax()) for hinge in every}
        return self.points[:, sorted(at for at in best if at >= self.n_given)]

    def _base(self, hinge: int) -> int:
        """Where to move on from: the best point, or once that led nowhere, one of the best."""
        row = self.toward[hinge]
        tries = self.tries.get(hinge, 0)
        if tries == 0:
            return int(row.argmax())
        n = min(AMONG * 2 ** min(tries, 10), len(row) - 1)
        return int(self.rng.choice(np.argpartition(-row, n)[:n]))

    def behind_the_sleeping(self) -> NDArray[np.int64]:
        """The hinges of neurons on which those that were not woken depend."""
        asleep = self._asleep()[:MOST_TOLD]
        found = [self.probe.behind(hinge) for hinge in asleep]
        return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)

    def _asleep(self) -> list[int]:
        """Hinges on whose one side all points lie, those that are nearest to being passed first."""
        rows = self.toward
        asleep = (rows <= 0).all(axis=1)
        asleep &= self.probe.reachable & self.probe.supports.any(axis=1)
        with np.errstate(all="ignore"):
            far = -np.nanmax(rows, axis=1, initial=-np.inf) / np.nanstd(rows, axis=1)
        order = np.argsort(np.where(np.isfinite(far), far, np.inf), kind="stable")
        return [hinge for hinge in order.tolist() if asleep[hinge]]

    def _reached(self, hinge: int) -> float:
        return float(self.toward[hinge].max())

    def _round(self, hinges: list[int]) -> None:
        """Move the best point of each hinge: one input at a time, then all, then uphill."""
        bases = [self._base(hinge) for hinge in hinges]
        moves = [self._moves(h, self.points[:, at]) for h, at in zip(hinges, bases, strict=True)]
        first = self.points.shape[1]
        self._try(np.concatenate(moves, axis=1))
        joint = []
        for hinge, at, moved in zip(hinges, bases, moves, strict=True):
            gained = self.toward[hinge, first : first + moved.shape[1]] - self.toward[hinge, at]
            first += moved.shape[1]
            joint.append(self._together(hinge, at, moved, gained))
        self._try(np.concatenate(joint, axis=1))

    def _try(self, points: Points) -> None:
        evaluated = self.probe.evaluate(points)
        toward = self.sign[:, None] * evaluated.above
        toward[:, evaluated.bad] = -np.inf
        self.points = np.concatenate([self.points, points], axis=1)
        self.toward = np.concatenate([self.toward, toward], axis=1)

    def _moves(self, hinge: int, base: Floats) -> Points:
        """Single moves of each input the neuron depends on, tiny steps first, and grafts last."""
        axes = self._axes(hinge)
        targets = [self._targets(i, float(base[i])) for i in axes]
        moved = np.repeat(base[:, None], sum(map(len, targets)), axis=1)
        at = 0
        for i, values in zip(axes, targets, strict=True):
            moved[i, at : at + len(values)] = values
            at += len(values)
        return np.concatenate([moved, self._grafts(hinge, base)], axis=1)

    def _axes(self, hinge: int) -> list[int]:
        axes = np.flatnonzero(self.probe.supports[hinge])
        if len(axes) > MOST_AXES:
            axes = np.sort(self.rng.choice(axes, MOST_AXES, replace=False))
        found: list[int] = axes.tolist()
        return found

    def _targets(self, i: int, value: float) -> Floats:
        """Where to move one input: a tiny step, its ends, a critical value, one of chance."""
        own, rng = self.probe.domain.axes[i], self.rng
        if own.choices is not None:
            others = own.choices[own.choices != value]
            return others if len(others) <= 3 else rng.choice(others, 3, replace=False)
        step = own.span * DELTA
        near = value + rng.standard_normal() * own.span * 10.0 ** rng.uniform(-4, -0.5)
        chosen = [value + (step if value + step <= own.high else -step), own.low, own.high, near]
        chosen += own.sample(rng, 1).tolist()
        n = min(CRITICALS, len(self.criticals[i]))
        chosen += rng.choice(self.criticals[i], n, replace=False).tolist()
        return own.hold(np.array(chosen))

    def _grafts(self, hinge: int, base: Floats) -> Points:
        """The base with inputs of other neurons from points where those are at their rarest."""
        others = self.probe.behind(hinge)
        grafts = np.repeat(base[:, None], GRAFTS, axis=1)
        for column in range(GRAFTS):
            other = int(self.rng.choice(others))
            row = self.toward[other] * self.rng.choice([-1.0, 1.0])
            several = np.argpartition(-row, min(AMONG, len(row) - 1))[:AMONG]
            donor = self.points[:, int(self.rng.choice(several))]
            taken = self.probe.supports[other]
            grafts[taken, column] = donor[taken]
        return grafts

    def _together(self, hinge: int, at: int, moved: Points, gained: Floats) -> Points:
        """Every move that helps by itself made at once, half of them, and steps uphill."""
        base = self.points[:, at]
        joint = np.repeat(base[:, None], 4, axis=1)
        slope = np.zeros(len(base))
        for i in self._axes(hinge):
            own = self.probe.domain.axes[i]
            alone = (moved[i] != base[i]) & ((moved != base[:, None]).sum(axis=0) == 1)
            if not alone.any():
                continue
            places = np.flatnonzero(alone)
            best = int(places[gained[places].argmax()])
            if gained[best] > 0:
                joint[i, 0] = moved[i, best]
                joint[i, 1:] = np.where(self.rng.random(3) < 0.5, moved[i, best], joint[i, 1:])
            if own.choices is None:
                step = moved[i, places[0]] - base[i]
                slope[i] = gained[places[0]] / step * own.span
        return np.concatenate([joint, self._uphill(hinge, at, slope)], axis=1)

    def _uphill(self, hinge: int, at: int, slope: Floats) -> Points:
        """Points along the slope, each input in shares of its range."""
        steepness = float(slope @ slope)
        if not 0 < steepness < np.inf:
            return self.points[:, :0]
        spans = np.array([axis.span for axis in self.probe.domain.axes])
        needed = abs(float(self.toward[hinge, at])) / steepness
        ways = slope * spans * needed
        points = self.points[:, at][:, None] + ways[:, None] * STEPS
        return self.probe.domain.hold(points)
