"""The searches for violations of one property, decided and shrunk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice

import numpy as np

from nnspec.claims.cases import Case
from nnspec.claims.domain import Domain
from nnspec.claims.results import Failure, Options, Result, failure_of
from nnspec.claims.search.frontier import Frontier
from nnspec.claims.search.probe import Candidates, Floats, Probe
from nnspec.claims.search.search import Search
from nnspec.claims.search.shrinking import Shrinker
from nnspec.claims.statements import Statement, statements
from nnspec.claims.verdicts.violations import rows_of, truly_violates
from nnspec.network import Network
from nnspec.spec.model import Property

GUIDED = 200
"""One input in so many is left to Hypothesis's guided search."""

MOST_GUIDED = 50

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
        self.searches = [self._search(axis, group) for axis, group in _groups(item).items()]

    def _search(self, axis: str | None, group: list[Statement]) -> Search:
        names = [name for statement in group for name in statement.names]
        probe = Probe(self.network, self.domain, names)
        rng = np.random.Generator(np.random.Philox(key=self._key(axis)))
        return Search(Frontier(probe, group, rng, self.options.max_examples))

    def _key(self, axis: str | None) -> int:
        text = f"{self.options.seed} {self.case.id} {axis}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:16], "little")

    def search(self) -> None:
        """Look for violations, and remember the inputs that come nearest to one."""
        for search in self.searches:
            search.run()
        self._guided()

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

    def run(self) -> Result:
        """Search, decide and shrink."""
        self.search()
        failures = [
            failure for search in self.searches for failure in self._failures(search.frontier)
        ]
        return Result(
            self.case,
            "failed" if failures else "not refuted",
            sum(search.probe.n_inputs for search in self.searches),
            tuple(failures),
            all(search.exhausted for search in self.searches),
        )

    def _guided(self) -> None:
        """What is neither refuted nor tried whole goes to Hypothesis."""
        open_ = [s.frontier for s in self.searches
                 if not s.exhausted and s.frontier.unviolated]  # fmt: skip
        n = min(MOST_GUIDED, self.options.max_examples // GUIDED)
        if not open_ or n == 0:
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
                smallest = Shrinker(probe, statement, confirm).run(confirmed)
                probe.n_inputs = tried
                rows = rows_of(self.domain, smallest, statement.axis)
                yield failure_of(self.network, statement, rows)


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
