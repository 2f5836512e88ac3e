"""Runs the cases of a spec: an example is evaluated, a property is searched for a violation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeAlias

import numpy as np

from nnspec.claims.cases import Case, cases
from nnspec.claims.domain import Domain
from nnspec.claims.search.probe import Candidates, Floats, Probe
from nnspec.claims.search.search import Search
from nnspec.claims.search.shrinking import Shrinker
from nnspec.claims.statements import Statement, statements, within
from nnspec.claims.verdicts.deciding import Rows, named_values, not_finite, rows_of, truly_violates
from nnspec.evaluators.reference import Valuation, evaluate_row
from nnspec.network import Network
from nnspec.spec.model import Example, Property, Value
from nnspec.views.numbers import number_text

Status: TypeAlias = Literal["passed", "failed", "not refuted"]

CLOSE = 1e-9
"""How near an example's number must be met, relative to it."""

GUIDED = 200
"""One input in so many is left to Hypothesis's guided search."""

MOST_GUIDED = 50

MOST_NEAR_CALLS = 20
"""So many candidates are looked at in 60 digits before a violation is put down to rounding."""


@dataclass(frozen=True)
class Options:
    """How hard to try.

    Parameters
    ----------
    max_examples
        How many inputs to try for each property.
    seed
        The start of chance: the same seed finds the same counterexample.
    """

    max_examples: int = 10_000
    seed: int = 0


@dataclass(frozen=True)
class Failure:
    """One statement of a case, and the smallest input found that violates it.

    Parameters
    ----------
    claim
        The statement, in words.
    message
        What the values are instead.
    rows
        One row in the table's own units, or two that differ in one input.
    excess
        By how much the statement is missed; infinite where the network has no value.
    values
        For each row, what every unit is.
    """

    claim: str
    message: str
    rows: Rows
    excess: float
    values: tuple[Valuation, ...]


@dataclass(frozen=True)
class Result:
    """What came of one case.

    Parameters
    ----------
    status
        ``passed`` is said of examples only; a property is ``not refuted``.
    n_inputs
        How many inputs were tried.
    exhausted
        Whether those were all the inputs there are.
    """

    case: Case
    status: Status
    n_inputs: int
    failures: tuple[Failure, ...] = ()
    exhausted: bool = False

    @property
    def failed(self) -> bool:
        """Whether the case failed."""
        return self.status == "failed"


def run_cases(
    network: Network, chosen: Iterable[Case] | None = None, options: Options | None = None
) -> Iterator[Result]:
    """Run cases one by one: by default all that the network's spec has."""
    for case in cases(network.spec) if chosen is None else chosen:
        yield run_case(network, case, options)


def run_case(network: Network, case: Case, options: Options | None = None) -> Result:
    """Try one case of a network.

    Examples
    --------
    >>> from nnspec import loads
    >>> from nnspec.spec.model import Monotone
    >>> from nnspec.claims import property_case
    >>> network = loads('''
    ... nnspec: 1
    ... name: historic
    ... inputs: {age: {range: [0, 250]}}
    ... layers: [{name: output, activation: relu, neurons: {
    ...     historic: {bias: -100, synapses: {age: 1}}}}]
    ... ''')
    >>> falls = property_case(Property(Monotone({"historic": {"age": "decreasing"}})))
    >>> failure = run_case(network, falls).failures[0]
    >>> failure.message, [row["age"] for row in failure.rows]
    ('historic rises from 0 to 1', [100.0, 101.0])
    """
    options = Options() if options is None else options
    if isinstance(case.claim, Example):
        return _run_example(network, case, case.claim)
    return PropertyRun(network, case, case.claim, options).run()


def replay(network: Network, case: Case, rows: Rows) -> Result:
    """Judge a case by one row, or by two that differ in one input, and nothing else."""
    if isinstance(case.claim, Example):
        return _run_example(network, case, case.claim)
    failures = []
    varied = {name for name in rows[0] if rows[0][name] != rows[-1][name]}
    for statement in statements(case.claim.claim):
        concerned = {statement.axis} == varied if len(rows) > 1 else statement.axis is None
        if concerned and truly_violates(network, statement, rows):
            failure = _failure(network, statement, rows)
            if failure.excess > 0:
                failures.append(failure)
    return Result(case, "failed" if failures else "not refuted", 1, tuple(failures))


# -- examples -------------------------------------------------------------------------------------


def _run_example(network: Network, case: Case, example: Example) -> Result:
    row = _completed(network, example.given)
    valuation = evaluate_row(network.spec, row)
    failures = []
    for name, bound in example.expect.items():
        value = valuation.outputs[name]
        allowed: Any = bound
        if not isinstance(bound, tuple):
            near = CLOSE * abs(bound) if example.within is None else example.within
            allowed = (bound - near, bound + near)
        for statement in within(name, allowed):
            excess = statement.excess(float, valuation.outputs, valuation.outputs)
            if not excess <= 0:
                text = (
                    statement.text
                    if isinstance(bound, tuple)
                    else f"{name} is {number_text(bound)}"
                )
                message = f"{name} is {_apart(value, bound)}{_unit(network, name)}"
                failures.append(Failure(text, message, (row,), float(excess), (valuation,)))
    return Result(case, "failed" if failures else "passed", 1, tuple(failures))


def _apart(value: float, bound: Any) -> str:
    if isinstance(bound, tuple):
        low, high = ["null" if end is None else number_text(end) for end in bound]
        return f"{number_text(value)}, outside [{low}, {high}]"
    return f"{number_text(value)}, not {number_text(bound)}, off by {number_text(value - bound)}"


def _completed(network: Network, given: Mapping[str, Value]) -> dict[str, Value]:
    row: dict[str, Value] = {}
    for item in network.spec.inputs:
        value = given.get(item.name, item.missing)
        if value is not None:
            row[item.name] = value
    return row


# -- properties -----------------------------------------------------------------------------------


class PropertyRun:
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
        return Search(probe, group, rng, self.options.max_examples)

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
            if search.candidates is None:
                continue
            names = [name for statement in search.statements for name in statement.names]
            again = Search.of(Probe(other, self.domain, names), search)
            for i, statement in enumerate(again.statements):
                if self._confirmed(again, i, statement, other) is not None:
                    return True
        return False

    def run(self) -> Result:
        """Search, decide and shrink."""
        self.search()
        failures = [failure for search in self.searches for failure in self._failures(search)]
        return Result(
            self.case,
            "failed" if failures else "not refuted",
            sum(search.probe.n_inputs for search in self.searches),
            tuple(failures),
            all(search.exhausted for search in self.searches),
        )

    def _guided(self) -> None:
        """What is neither refuted nor tried whole goes to Hypothesis."""
        open_ = [s for s in self.searches if not s.exhausted and s.unviolated]
        n = min(MOST_GUIDED, self.options.max_examples // GUIDED)
        if not open_ or n == 0:
            return
        from hypothesis import currently_in_test_context

        if currently_in_test_context():
            return  # Hypothesis runs already, and does not nest
        from nnspec.claims.search.guided import guided_search

        def score(point: Floats) -> dict[str, float]:
            reached: dict[str, float] = {}
            for number, search in enumerate(open_):
                for i, value in enumerate(search.climb_through(point)):
                    reached[f"{number}.{i}"] = value
            return reached

        guided_search(self.domain, score, self._key("guided") % 2**32, n)

    def _failures(self, search: Search) -> Iterator[Failure]:
        for i, statement in enumerate(search.statements):
            confirmed = self._confirmed(search, i, statement, self.network)
            if confirmed is not None:

                def confirm(found: Candidates, statement: Statement = statement) -> bool:
                    rows = rows_of(search.probe, found, statement.axis)
                    return truly_violates(self.network, statement, rows)

                tried = search.probe.n_inputs
                smallest = Shrinker(search.probe, statement, confirm).run(confirmed)
                search.probe.n_inputs = tried
                rows = rows_of(search.probe, smallest, statement.axis)
                yield _failure(self.network, statement, rows)

    def _confirmed(
        self, search: Search, i: int, statement: Statement, network: Network
    ) -> Candidates | None:
        for found, _ in islice(search.best(i), MOST_NEAR_CALLS):
            rows = rows_of(search.probe, found, statement.axis)
            if truly_violates(network, statement, rows):
                return found
        return None


def _groups(item: Property) -> dict[str | None, list[Statement]]:
    """The statements of a property by the input in which their rows differ."""
    groups: dict[str | None, list[Statement]] = {}
    for statement in statements(item.claim):
        groups.setdefault(statement.axis, []).append(statement)
    return groups


def _failure(network: Network, statement: Statement, rows: Rows) -> Failure:
    valuations = tuple(evaluate_row(network.spec, row) for row in rows)
    culprit = not_finite(valuations)
    if culprit is not None:
        message = f"the network has no value here: {culprit} is not finite"
        return Failure(statement.text, message, rows, float("inf"), valuations)
    values = [named_values(row, v) for row, v in zip(rows, valuations, strict=True)]
    first, second = values[0], values[-1]
    excess = float(statement.excess(float, first, second))
    unit = _unit(network, statement.names[0]) if len(statement.names) == 1 else ""
    return Failure(statement.text, statement.said(first, second) + unit, rows, excess, valuations)


def _unit(network: Network, name: str) -> str:
    for _, neuron in network.spec.neurons():
        if neuron.name == name and neuron.unit is not None:
            return f" {neuron.unit}"
    return ""
