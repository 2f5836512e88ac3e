"""How well the examples and properties of a spec guard it: which mutants none of them notices."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from nnspec.claims.cases import Case, cases
from nnspec.claims.mutants.mutants import Mutant, mutants
from nnspec.claims.property_search import PropertySearch
from nnspec.claims.results import Options
from nnspec.claims.runs import run_case
from nnspec.claims.search.comparison import Change, largest_changes
from nnspec.network import Network
from nnspec.spec.model import Example, NetworkSpec
from nnspec.spec.resolved import resolve
from nnspec.validation.bounds import bound_units

Fate: TypeAlias = Literal["noticed", "survived", "equivalent"]

SAME = 1e-9
"""A relative change of the outputs up to this is none."""

MOST_MUTANTS = 2_000


@dataclass(frozen=True)
class Tried:
    """What became of one mutant.

    Parameters
    ----------
    by
        The case that noticed it, if one did.
    change
        For a survivor, the output that changes most and where.
    reason
        Why it is held to be equivalent.
    """

    mutant: Mutant
    fate: Fate
    by: Case | None = None
    change: Change | None = None
    reason: str = ""


@dataclass(frozen=True)
class Guard:
    """What became of the mutants of a spec.

    Parameters
    ----------
    tried
        Each mutant that was tried, with its fate.
    n_mutants
        How many there are; of very many only an even selection is tried.
    failing
        Claims that fail of the network itself, and so count for nothing.
    """

    tried: tuple[Tried, ...]
    n_mutants: int
    failing: tuple[Case, ...] = ()

    def count(self, fate: Fate) -> int:
        """How many mutants met a fate."""
        return sum(one.fate == fate for one in self.tried)

    @property
    def survivors(self) -> tuple[Tried, ...]:
        """The mutants that change an output and that no claim notices."""
        return tuple(one for one in self.tried if one.fate == "survived")

    @property
    def score(self) -> float:
        """The share of mutants noticed among those that change an output; 1 if there are none."""
        noticed, survived = self.count("noticed"), self.count("survived")
        return 1.0 if noticed + survived == 0 else noticed / (noticed + survived)


def guard(network: Network, options: Options | None = None, *, most: int = MOST_MUTANTS) -> Guard:
    """Try the mutants of a network against its own examples and properties.

    Parameters
    ----------
    network
        The network; those of its own cases that fail count for nothing.
    options
        How hard the properties are tried against a mutant that nothing else noticed.
    most
        Of more mutants than this, an even selection is tried.
    """
    watch = _Watch(network, Options() if options is None else options)
    n_mutants = sum(1 for _ in mutants(network.spec))
    chosen = set(np.linspace(0, n_mutants - 1, min(most, n_mutants)).astype(int).tolist())
    tried = [watch.try_(m) for i, m in enumerate(mutants(network.spec)) if i in chosen]
    return Guard(tuple(tried), n_mutants, watch.failing)


@dataclass(frozen=True)
class _Watch:
    """The cases of a network, with the inputs at which its own properties come nearest to fail."""

    network: Network
    options: Options
    failing: tuple[Case, ...] = field(init=False)
    examples: tuple[Case, ...] = field(init=False)
    edges: tuple[tuple[Case, PropertySearch], ...] = field(init=False)

    def __post_init__(self) -> None:
        # A claim that fails of the network itself would "notice" every mutant.
        own = cases(self.network.spec)
        failing: list[Case] = []
        examples: list[Case] = []
        runs: list[tuple[Case, PropertySearch]] = []
        for case in own:
            if isinstance(case.claim, Example):
                held = not run_case(self.network, case).failed
                (examples if held else failing).append(case)
                continue
            run = PropertySearch(self.network, case, case.claim, self.options)
            run.search()
            if run.is_refuted:
                failing.append(case)
            else:
                runs.append((case, run))
        object.__setattr__(self, "failing", tuple(failing))
        object.__setattr__(self, "examples", tuple(examples))
        object.__setattr__(self, "edges", tuple(runs))

    def try_(self, mutant: Mutant) -> Tried:
        """The fate of one mutant: the quick ways first."""
        changed = Network.from_checked(mutant.build())
        for case in self.examples:
            if run_case(changed, case).failed:
                return Tried(mutant, "noticed", by=case)
        for case, run in self.edges:
            if run.at_its_edges(changed):
                return Tried(mutant, "noticed", by=case)
        reason, change = self._equivalence(mutant, changed)
        if reason:
            return Tried(mutant, "equivalent", reason=reason)
        for case, _ in self.edges:
            if run_case(changed, case, self.options).failed:
                return Tried(mutant, "noticed", by=case)
        return Tried(mutant, "survived", change=change)

    def _equivalence(self, mutant: Mutant, changed: Network) -> tuple[str, Change | None]:
        """Why no output changes, or else the output that changes most."""
        only = _constant(changed.spec, mutant.neuron)
        if only is not None and only == _constant(self.network.spec, mutant.neuron):
            return f"{mutant.neuron} has one value only", None
        found = largest_changes(self.network, changed, self.network.outputs, self.options)
        greatest = max(found.values(), key=lambda one: one.change)
        if all(map(_negligible, found.values())):
            return f"no output changes in {greatest.n_inputs:,} inputs", None
        return "", greatest


def _negligible(change: Change) -> bool:
    return change.change <= SAME * max(abs(change.old), abs(change.new))


def _constant(spec: NetworkSpec, neuron: str) -> float | None:
    """The one value that a neuron can have over the declared ranges, if there is but one."""
    low, high = bound_units(resolve(spec)).values[neuron]
    return low if low == high and math.isfinite(low) else None
