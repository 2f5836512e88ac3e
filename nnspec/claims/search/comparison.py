"""Two networks over the same inputs: where they differ most."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnspec.claims.domain import Axis, Domain, Points
from nnspec.claims.results import Options
from nnspec.claims.search.frontier import Frontier
from nnspec.claims.search.probe import Candidates, Floats, Measured, Probe
from nnspec.claims.search.search import Search
from nnspec.claims.statements import Statement
from nnspec.network import Network
from nnspec.spec.model import Input, Value


@dataclass(frozen=True)
class Change:
    """The largest change of one neuron that was found.

    Parameters
    ----------
    neuron
        Its name in the old network.
    change
        ``abs(new - old)``; infinite where one network has a value and the other none.
    row
        The row at which it was found, in the table's own units.
    old, new
        The neuron's value in either network; nan where it has none.
    n_inputs
        How many inputs were tried.
    """

    neuron: str
    change: float
    row: dict[str, Value]
    old: float
    new: float
    n_inputs: int


def largest_changes(
    old: Network,
    new: Network,
    neurons: Sequence[str],
    options: Options | None = None,
    *,
    renamed: Mapping[str, str] | None = None,
    ranges: Mapping[str, Any] | None = None,
) -> dict[str, Change]:
    """For each neuron, the largest change found over the ranges that both networks declare.

    Parameters
    ----------
    old, new
        Two networks with the same inputs: names, types and categories.
    neurons
        Whose changes to look for, by their names in the old network.
    options
        How hard to look.
    renamed
        By a neuron's old name its new one, where they differ.
    ranges
        Narrows the inputs further, as a property's ``when`` does.

    Raises
    ------
    ValueError
        If the networks' inputs differ, or their ranges have nothing in common.

    Examples
    --------
    >>> from nnspec import loads
    >>> text = '''
    ... nnspec: 1
    ... name: historic
    ... inputs: {age: {range: [0, 250]}}
    ... layers: [{name: output, activation: relu, neurons: {
    ...     historic: {bias: BIAS, synapses: {age: 1}}}}]
    ... '''
    >>> old, new = loads(text.replace("BIAS", "-100")), loads(text.replace("BIAS", "-99"))
    >>> change = largest_changes(old, new, ["historic"])["historic"]
    >>> change.change, change.new - change.old
    (1.0, 1.0)
    """
    options = Options() if options is None else options
    domain = shared_domain(old, new, ranges)
    pair = _BothNetworks(old, new, domain, neurons, {} if renamed is None else renamed)
    share = max(64, options.max_examples)
    text = f"{options.seed} {' '.join(neurons)}".encode()
    rng = np.random.Generator(np.random.Philox(key=int(hashlib.sha256(text).hexdigest()[:32], 16)))
    frontier = Frontier(pair, [_differs(name) for name in neurons], rng, share)
    Search(frontier).run(until_violated=False)
    return {name: pair.change(frontier, i, name) for i, name in enumerate(neurons)}


def shared_domain(old: Network, new: Network, ranges: Mapping[str, Any] | None = None) -> Domain:
    """The inputs that both networks' ranges hold, and ``ranges``, if they are given.

    Raises
    ------
    ValueError
        If the networks' inputs differ, or their ranges have nothing in common.
    """
    first, second = Domain.of(old.spec, ranges), Domain.of(new.spec)
    if [_kind(axis.input) for axis in _sorted(first)] != [_kind(a.input) for a in _sorted(second)]:
        raise ValueError("the networks' inputs differ in their names, types or categories")
    other = {axis.name: axis for axis in second.axes}
    return Domain(tuple(_shared(axis, other[axis.name]) for axis in first.axes))


def _sorted(domain: Domain) -> list[Axis]:
    return sorted(domain.axes, key=lambda axis: axis.name)


def _kind(item: Input) -> tuple[Any, ...]:
    return item.name, item.type, item.units


def _shared(a: Axis, b: Axis) -> Axis:
    if a.codes:
        return a
    low_open = a.open_sides[0] and b.open_sides[0]
    high_open = a.open_sides[1] and b.open_sides[1]
    low = _inner(a.low, b.low, (a.open_sides[0], b.open_sides[0]), max)
    high = _inner(a.high, b.high, (a.open_sides[1], b.open_sides[1]), min)
    if low > high:
        raise ValueError(f"the ranges of {a.name} have no value in common")
    return Axis(a.input, low, high, open_sides=(low_open, high_open))


def _inner(a: float, b: float, is_open: tuple[bool, bool], nearer: Any) -> float:
    """The tighter of two ends; where both are open, the one searched further."""
    if is_open == (True, False):
        return b
    if is_open == (False, True):
        return a
    tighter: float = nearer(a, b)
    return (a + b) - tighter if all(is_open) else tighter


def _differs(name: str) -> Statement:
    """A statement that is missed by how far the networks are apart."""
    return Statement(
        f"{name} is the same in both", (name,), None,
        lambda _, first, __: abs(first[f"{name} (new)"] - first[name]), lambda _, __: "",
    )  # fmt: skip


class _BothNetworks(Probe):
    """Evaluates both networks at once, and aims at the hinges of either."""

    def __init__(
        self, old: Network, new: Network, domain: Domain, neurons: Sequence[str],
        renamed: Mapping[str, str],
    ) -> None:  # fmt: skip
        super().__init__(old, domain, neurons)
        self.other = Probe(new, domain, [renamed.get(name, name) for name in neurons])
        self.renamed = {name: renamed.get(name, name) for name in neurons}
        self.hinges = (*self.hinges, *self.other.hinges)
        self.supports = np.concatenate([self.supports, self.other.supports])
        self.reachable = np.concatenate([self.reachable, self.other.reachable])

    def evaluate(self, points: Points) -> Measured:
        own, other = super().evaluate(points), self.other.evaluate(points)
        values = dict(own.values)
        for name, new_name in self.renamed.items():
            values[f"{name} (new)"] = other.values[new_name]
        above = np.concatenate([own.above, other.above])
        # A row that neither network values is the same in both: nothing to see there.
        neither = own.bad & other.bad
        for name in self.renamed:
            values[name] = np.where(neither, 0.0, values[name])
            values[f"{name} (new)"] = np.where(neither, 0.0, values[f"{name} (new)"])
        return Measured(values, own.bad ^ other.bad, above)

    def change(self, frontier: Frontier, index: int, name: str) -> Change:
        """The largest change of one neuron among what a frontier holds."""
        candidates = frontier.candidates
        at = int(frontier.excess[index].argmax())
        point: Floats = np.empty(0) if candidates is None else candidates.points[:, at]
        values = self.evaluate(Candidates(point[:, None]).points).values
        self.n_inputs -= 1
        old, new = float(values[name][0]), float(values[f"{name} (new)"][0])
        found = float(frontier.excess[index][at])
        return Change(name, found, self.domain.row(point), old, new, self.n_inputs)
