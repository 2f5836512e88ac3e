"""Evaluates points of a domain in batches, and says where neurons have their hinges."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import process_time
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnspec.claims.domain import Domain, Points
from nnspec.claims.influence import supports, upstream
from nnspec.claims.statements import Statement
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.activations.record import ActivationFunction
from nnspec.network import Network
from nnspec.spec.resolved import resolve
from nnspec.validation.bounds import bound_units

Floats: TypeAlias = NDArray[np.float64]

MOST_HINGES = 256
"""Of more hinges than this, an even selection is aimed at."""

MOST_BOUNDED = 20_000
"""A network of more synapses is not bounded by interval arithmetic: it would take too long."""


@dataclass(frozen=True)
class Measured:
    """What a batch of points gives.

    Parameters
    ----------
    values
        By name: inputs in the table's own units, units of categories, neurons; shape (n_points,).
    bad
        Points at which some neuron of the network is not finite.
    above
        Shape (n_hinges, n_points): how far z lies above each hinge.
    """

    values: dict[str, Any]
    bad: NDArray[np.bool_]
    above: Floats

    def part(self, at: slice) -> Measured:
        """Some of the points."""
        values = {name: column[at] for name, column in self.values.items()}
        return Measured(values, self.bad[at], self.above[:, at])


@dataclass(frozen=True)
class Candidates:
    """Points, or pairs of points that differ in one input alone.

    ``second`` holds the greater value of that input; the points hold the smaller. It is None where
    statements are about one row.
    """

    points: Points
    second: Floats | None = None

    def __len__(self) -> int:
        return int(self.points.shape[1])

    def take(self, at: Any) -> Candidates:
        """Some of them."""
        return Candidates(self.points[:, at], None if self.second is None else self.second[at])

    def joined(self, other: Candidates) -> Candidates:
        """These and others."""
        second = None
        if self.second is not None and other.second is not None:
            second = np.concatenate([self.second, other.second])
        return Candidates(np.concatenate([self.points, other.points], axis=1), second)


class Probe:
    """Evaluates one network over one domain, and counts the inputs.

    Parameters
    ----------
    network
        The network.
    domain
        The box of inputs.
    names
        Inputs and neurons whose values are wanted.
    seconds
        Of processor time, after which nothing new is to be begun.
    """

    def __init__(
        self,
        network: Network,
        domain: Domain,
        names: Sequence[str],
        seconds: float = math.inf,
    ) -> None:
        self.allow(seconds)
        self.network = network
        self.domain = domain
        neurons = set(network.neurons)
        wanted = [name for name in names if name in neurons]
        self.hinges = _hinges(network, wanted)
        self.sizes: dict[str, float] = {}
        """By name, the greatest size that a value was seen at."""
        self._own_hinges = self.hinges
        self._neurons = list(dict.fromkeys([*wanted, *(name for name, _ in self.hinges)]))
        self._names = tuple(names)
        self._hinge_z = np.array([z for _, z in self.hinges]).reshape(-1, 1)
        self.n_inputs = 0

    def allow(self, seconds: float) -> None:
        """Begin new things for so many seconds of processor time from now on."""
        self.deadline = process_time() + seconds

    @property
    def is_late(self) -> bool:
        """Whether the time is spent."""
        return process_time() > self.deadline

    def evaluate(self, points: Points) -> Measured:
        """Evaluate points, shape (n_inputs, n_points)."""
        n = points.shape[1]
        columns = self.domain.columns(points)
        result = self.network.evaluator().evaluate(
            columns, self._neurons, pre_activations=bool(self._own_hinges)
        )
        values: dict[str, Any] = {**result.values, **columns, **self.domain.units(columns)}
        z = [result.z[name] for name, _ in self._own_hinges]
        above = np.array(z, dtype=np.float64).reshape(len(z), n) - self._hinge_z
        measured = Measured(values, result.bad, above)
        self.note(measured)
        return measured

    def note(self, measured: Measured) -> None:
        """Count a batch, and remember how great its values are."""
        self.n_inputs += len(measured.bad)
        for name in self._names:
            greatest = float(np.abs(measured.values[name]).max(initial=0.0))
            if math.isfinite(greatest):
                self.sizes[name] = max(self.sizes.get(name, 0.0), greatest)

    @cached_property
    def supports(self) -> NDArray[np.bool_]:
        """The inputs on which the z of each hinge may depend, shape (n_hinges, n_inputs)."""
        compiled = self.network.compiled
        return supports(compiled, [compiled.index[name] for name, _ in self._own_hinges])

    def behind(self, hinge: int) -> NDArray[np.int64]:
        """The hinges of neurons that a hinge's neuron depends on, its own among them."""
        if len(self.hinges) > len(self._own_hinges):  # two networks are searched at once
            return np.flatnonzero((self.supports & self.supports[hinge]).any(axis=1))
        compiled = self.network.compiled
        behind = upstream(compiled, [self.hinges[hinge][0]])
        return np.flatnonzero(behind[[compiled.index[name] for name, _ in self.hinges]])

    @cached_property
    def reachable(self) -> NDArray[np.bool_]:
        """Hinges that interval arithmetic does not rule out, shape (n_hinges,)."""
        spec = self.network.spec
        if self.network.compiled.n_synapses > MOST_BOUNDED:
            return np.ones(len(self._own_hinges), dtype=np.bool_)
        z = bound_units(resolve(spec)).z
        inside = [z[name][0] <= at <= z[name][1] for name, at in self._own_hinges]
        return np.array(inside, dtype=np.bool_)

    def moved(self, axis: int, candidates: Candidates) -> Points:
        """The second row of each pair."""
        points = candidates.points.copy()
        if candidates.second is not None:
            points[axis] = candidates.second
        return points

    def excess(self, statements: Sequence[Statement], candidates: Candidates) -> Floats:
        """By how much each candidate misses each statement, shape (n_statements, n_candidates).

        A row that has no finite value satisfies nothing: its excess is infinite.
        """
        first = second = self.evaluate(candidates.points)
        if candidates.second is not None:
            axis = self.domain.index[str(statements[0].axis)]
            second = self.evaluate(self.moved(axis, candidates))
            self.n_inputs -= len(candidates)  # a pair is one input to a claim about two rows
        return judge(statements, first, second)


def judge(statements: Sequence[Statement], first: Measured, second: Measured) -> Floats:
    """Excess of each statement at each pair of rows, shape (n_statements, n_pairs)."""
    found = np.empty((len(statements), len(first.bad)))
    with np.errstate(all="ignore"):
        for i, statement in enumerate(statements):
            found[i] = statement.excess(float, first.values, second.values)
    found[:, first.bad | second.bad] = np.inf
    found[np.isnan(found)] = np.inf
    return found


def _hinges(network: Network, wanted: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Each z where a neuron's activation bends or turns, if it matters to the neurons wanted."""
    compiled = network.compiled
    matters = upstream(compiled, wanted) if wanted else np.ones(len(compiled.units), np.bool_)
    found: list[tuple[str, float]] = []
    for layer in compiled.layers:
        for segment in layer.activations:
            places = _bends(ACTIVATIONS[segment.name], segment.parameters)
            names = [layer.neurons[row] for row in segment.rows.tolist()]
            found += [(n, z) for n in names if matters[compiled.index[n]] for z in places]
    if len(found) > MOST_HINGES:
        chosen = np.linspace(0, len(found) - 1, MOST_HINGES).astype(int)
        found = [found[i] for i in chosen.tolist()]
    return tuple(found)


def _bends(function: ActivationFunction, parameters: Mapping[str, Any]) -> list[float]:
    """Each z where an activation bends or turns.

    A smooth one that is defined on both sides of 0 turns fastest about there: for a neuron of great
    weights, as good as a hinge.
    """
    known = function.known(**parameters)
    smooth = not function.piecewise_linear and known.domain[0] < 0 < known.domain[1]
    return sorted({*known.hinges, *known.turns, *((0.0,) if smooth else ())})
