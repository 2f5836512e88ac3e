"""The searches for violations of one property, decided and shrunk."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from time import process_time
from typing import Any

import numpy as np

from nnspec.claims.cases import Case
from nnspec.claims.domain import Domain
from nnspec.claims.results import Failure, Options, Result, failure_of
from nnspec.claims.search.frontier import Frontier
from nnspec.claims.search.probe import Candidates, Floats, Probe
from nnspec.claims.search.search import Search
from nnspec.claims.search.shrinking import Shrinker
from nnspec.claims.statements import Number, Statement, Values, statements
from nnspec.claims.verdicts.violations import rows_of, truly_violates
from nnspec.network import Network
from nnspec.spec.model import Property

GUIDED = 200
"""One input in so many is left to Hypothesis's guided search."""

MOST_GUIDED = 50

MANY = 24
"""From so many inputs and searches on, each search is glanced at before any is made."""

GLANCE = 32
"""How many points a glance takes."""

AT_ONCE = 32
"""So many searches are glanced at in one batch."""

FEWEST = 64
"""So many inputs a search tries at least, however little time it has, unless none is left."""

OVERHEAD = 1e-3
"""Seconds that a search takes for each input of the network, however few points it tries."""

ENOUGH = 0.25
"""Seconds for the other statements of a property that a glance has refuted already."""

WORSE = 500
"""How many inputs are spent, once a statement is violated, to see how badly."""

WORTH = 1.01
"""By what factor a violation must be the worse to be told beside the smallest."""

MOST_NEAR_CALLS = 20
"""So many candidates are looked at in 60 digits before a violation is put down to rounding."""


class PropertySearch:
    """The searches for violations of one property.

    Parameters
    ----------
    network
        The network.
    case
        The property's case.
    item
        The property.
    options
        How hard to try.
    """

    def __init__(self, network: Network, case: Case, item: Property, options: Options) -> None:
        self.network = network
        self.case = case
        self.options = options
        self.domain = Domain.of(network.spec, item.when)
        self.seconds = math.inf if options.budget is None else options.budget
        self.searches = [self._search(axis, group) for axis, group in _groups(item).items()]

    def _search(self, axis: str | None, group: list[Statement]) -> Search:
        names = [name for statement in group for name in statement.names]
        probe = Probe(self.network, self.domain, names, self.seconds)
        rng = np.random.Generator(np.random.Philox(key=self._key(axis)))
        return Search(Frontier(probe, group, rng, self.options.max_examples))

    def _key(self, axis: str | None) -> int:
        text = f"{self.options.seed} {self.case.id} {axis}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:16], "little")

    def search(self) -> None:
        """Look for violations, and remember the inputs that come nearest to one."""
        self._glance()
        is_violated = any(not search.frontier.unviolated for search in self.searches)
        least = OVERHEAD * len(self.domain.axes)
        seconds = min(self.seconds, ENOUGH) if is_violated else self.seconds
        if self._is_short:
            return
        end, cost = process_time() + seconds, 0.0
        for at, search in enumerate(self.searches):
            frontier, start = search.frontier, process_time()
            if start > end and at:
                break
            share = max(least, (end - start) / (len(self.searches) - at))
            if cost * frontier.budget > share:
                frontier.budget = max(FEWEST, int(share / cost))
            tried = frontier.probe.n_inputs
            frontier.probe.allow(share)
            search.run()
            tried = frontier.probe.n_inputs - tried
            cost = (process_time() - start) / tried if tried else cost
        self._guided()

    @property
    def _is_short(self) -> bool:
        """Whether there is time for a glance alone; what can be tried whole is tried anyway."""
        whole = self.domain.size <= self.options.max_examples
        return not whole and self.seconds < OVERHEAD * len(self.domain.axes)

    def _glance(self) -> None:
        """Where there are many searches, or wide ones, a few points for each, before any is deep.

        So a wrong sign among hundreds of inputs is seen before the time is spent on the first.
        """
        is_wide = len(self.searches) + len(self.domain.axes) >= MANY
        if self.domain.size <= self.options.max_examples or not (is_wide or self._is_short):
            return
        rng = np.random.Generator(np.random.Philox(key=self._key("glance")))
        points = self.domain.spread(rng, GLANCE)
        names = {n for s in self.searches for one in s.frontier.statements for n in one.names}
        probe = Probe(self.network, self.domain, sorted(names))
        for begin in range(0, len(self.searches), AT_ONCE):
            frontiers = [search.frontier for search in self.searches[begin : begin + AT_ONCE]]
            several = [frontier.short(points) for frontier in frontiers]
            rows = [f.moved(c) for f, c in zip(frontiers, several, strict=True)]
            first = probe.evaluate(np.concatenate([c.points for c in several], axis=1))
            second = probe.evaluate(np.concatenate(rows, axis=1))
            for i, (frontier, candidates) in enumerate(zip(frontiers, several, strict=True)):
                own = slice(GLANCE * i, GLANCE * (i + 1))
                frontier.accept(candidates, first.part(own), second.part(own))

    def at_its_edges(self, other: Network) -> bool:
        """Whether another network fails at the inputs remembered of this one."""
        for search in self.searches:
            known = search.frontier
            if known.candidates is None:
                continue
            names = [name for statement in known.statements for name in statement.names]
            again = Frontier.of(Probe(other, self.domain, names), known)
            if any(_confirmed(again, i, other) is not None for i in range(len(again.statements))):
                return True
        return False

    @property
    def is_refuted(self) -> bool:
        """Whether the network itself was seen to violate the property."""
        return any(
            _confirmed(search.frontier, i, self.network) is not None
            for search in self.searches
            for i in range(len(search.frontier.statements))
        )

    def run(self) -> Result:
        """Search, decide and shrink."""
        self.search()
        failures: list[Failure] = []
        for search in self.searches:
            search.climb_on(WORSE)
            failures += self._failures(search.frontier)
        return Result(
            self.case,
            "failed" if failures else "not refuted",
            sum(search.probe.n_inputs for search in self.searches),
            tuple(failures),
            all(search.exhausted for search in self.searches),
            any(search.is_cut(self.options.max_examples) for search in self.searches),
        )

    def _guided(self) -> None:
        """What is neither refuted nor tried whole goes to Hypothesis."""
        open_ = [s.frontier for s in self.searches
                 if not s.exhausted and s.frontier.unviolated]  # fmt: skip
        n = min(MOST_GUIDED, self.options.max_examples // GUIDED)
        open_ = [frontier for frontier in open_ if not frontier.probe.is_late]
        if not open_ or n == 0 or len(open_) + len(self.domain.axes) >= MANY:
            return
        from hypothesis import currently_in_test_context

        if currently_in_test_context():
            return  # Hypothesis runs already, and does not nest
        from nnspec.claims.search.hypothesis_search import guided_search

        def score(point: Floats) -> dict[str, float]:
            reached: dict[str, float] = {}
            for number, frontier in enumerate(open_):
                for i, value in enumerate(frontier.climb_through(point)):
                    reached[f"{number}.{i}"] = value
            return reached

        guided_search(self.domain, score, self._key("guided") % 2**32, n)

    def _failures(self, frontier: Frontier) -> Iterator[Failure]:
        probe = frontier.probe
        for i, statement in enumerate(frontier.statements):
            confirmed = _confirmed(frontier, i, self.network)
            if confirmed is not None:

                def confirm(found: Candidates, statement: Statement = statement) -> bool:
                    rows = rows_of(self.domain, found, statement.axis)
                    return truly_violates(self.network, statement, rows)

                tried = probe.n_inputs
                shrinker = Shrinker(probe, statement, confirm)
                smallest = shrinker.run(confirmed)
                worst_found = self._plainer(frontier, statement, confirmed)
                several = (smallest, shrinker.rounded(smallest), worst_found)
                probe.n_inputs = tried
                found, rounded, worst = [
                    failure_of(self.network, statement, rows_of(self.domain, one, statement.axis))
                    for one in several
                ]
                is_worse = math.isfinite(worst.excess) and worst.excess > WORTH * rounded.excess
                yield replace(
                    found,
                    rounded=rounded if rounded.rows != found.rows else None,
                    worst=worst if is_worse else None,
                )

    def _plainer(self, frontier: Frontier, statement: Statement, worst: Candidates) -> Candidates:
        """The worst violation, with every input simple that it does not need to be as bad."""
        excess = float(frontier.probe.excess([statement], worst)[0, 0])
        if not math.isfinite(excess):
            return worst

        def short_of(number: Number, first: Values, second: Values) -> Any:
            return statement.excess(number, first, second) - number(excess / WORTH)

        as_bad = replace(statement, excess=short_of)
        return Shrinker(frontier.probe, as_bad, lambda _: True).simplified(worst)


def _confirmed(frontier: Frontier, i: int, network: Network) -> Candidates | None:
    """The worst candidate that violates a statement beyond rounding, if there is one."""
    statement = frontier.statements[i]
    for found, _ in islice(frontier.best(i), MOST_NEAR_CALLS):
        if truly_violates(
            network, statement, rows_of(frontier.probe.domain, found, statement.axis)
        ):
            return found
    return None


def _groups(item: Property) -> dict[str | None, list[Statement]]:
    """The statements of a property by the input in which their rows differ."""
    groups: dict[str | None, list[Statement]] = {}
    for statement in statements(item.claim):
        groups.setdefault(statement.axis, []).append(statement)
    return groups
