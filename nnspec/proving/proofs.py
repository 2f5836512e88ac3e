"""Claims decided over the whole of the declared ranges."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any, Literal, TypeAlias

import numpy as np

from nnspec.claims.cases import Case
from nnspec.claims.domain import Domain
from nnspec.claims.results import Failure, Options, failure_of
from nnspec.claims.runs import run_case
from nnspec.claims.verdicts.violations import truly_violates
from nnspec.diagnostics import CannotError
from nnspec.network import Network
from nnspec.proving.chains import FlatChain, chain_of
from nnspec.proving.cutting import Cutting
from nnspec.proving.demands import Box, Demand, boxes, demands, row_of
from nnspec.proving.enclosures import Enclosure
from nnspec.spec.model import Example

Verdict: TypeAlias = Literal["proved", "refuted", "undecided"]

NODES_AT_A_TIME = 200
"""Boxes between two looks at the clock."""

STACK_BYTES = 2**26
"""What the stack of open boxes may fill."""

N_ATTACKS = 200
"""Points from which a violation is looked for before any box is cut."""

FIRST_INPUTS = 1000
"""Inputs that are tried before anything is bounded."""

LAST_INPUTS = 10_000
"""Inputs that are tried where bounds did not decide."""


@dataclass(frozen=True)
class Proof:
    """What came of one claim.

    Parameters
    ----------
    case
        The claim's case.
    verdict
        ``proved``, ``refuted`` or ``undecided``.
    bound
        Proved: by how much the claim holds at least, where it is about one row. Undecided: by how
        much it is missed at most, as far as is known.
    failure
        Refuted: the row or rows that violate it, and what the values are.
    reason
        Undecided: why.
    open_share
        Undecided: the share of the declared ranges' volume that is left.
    resisting
        Undecided: for each input, between what it lies in a box that resists.
    n_boxes
        How many boxes were looked at.
    seconds
        Of processor time.
    """

    case: Case
    verdict: Verdict
    bound: float | None = None
    failure: Failure | None = None
    reason: str | None = None
    open_share: float = 0.0
    resisting: dict[str, tuple[float, float]] | None = None
    n_boxes: int = 0
    seconds: float = 0.0


def prove_case(network: Network, case: Case, budget: float = 60.0) -> Proof:
    """Decide one claim of a network over the whole of the declared ranges.

    Parameters
    ----------
    network
        The network.
    case
        A property, or a neuron's range.
    budget
        Seconds of processor time; what is not decided by then is undecided.

    Examples
    --------
    >>> import nnspec
    >>> from nnspec.claims import property_case
    >>> from nnspec.spec.model import Property, Then
    >>> network = nnspec.loads('''
    ... nnspec: 1
    ... name: curve
    ... inputs: {x: {range: [-1, 1]}}
    ... layers: [{name: output, activation: tanh, neurons: {y: {synapses: {x: 1}}}}]
    ... ''')
    >>> prove_case(network, property_case(Property(Then({"y": (-0.7616, 0.7616)})))).verdict
    'proved'
    >>> proof = prove_case(network, property_case(Property(Then({"y": (None, 0.7615)}))))
    >>> proof.verdict, proof.failure.values[0].outputs["y"] > 0.7615
    ('refuted', True)
    """
    claim = case.claim
    if isinstance(claim, Example):
        raise TypeError("an example is evaluated, not proved")
    begun = time.process_time()
    deadline = begun + budget
    tried = run_case(network, case, Options(max_examples=FIRST_INPUTS))
    if tried.failures:
        seconds = time.process_time() - begun
        return Proof(case, "refuted", failure=tried.failures[0], seconds=seconds)
    domain = Domain.of(network.spec, claim.when)
    bounds: list[float] = []
    n_boxes = 0
    undecided: Proof | None = None
    for demand in demands(claim):
        try:
            proof = _prove_demand(network, case, domain, demand, deadline)
        except CannotError as error:
            proof = Proof(case, "undecided", reason=str(error), open_share=1.0)
        n_boxes += proof.n_boxes
        if proof.verdict == "refuted":
            return replace(proof, n_boxes=n_boxes, seconds=time.process_time() - begun)
        if proof.verdict == "undecided":
            undecided = undecided or proof
        elif proof.bound is not None:
            bounds.append(proof.bound)
    if undecided is not None:
        found = run_case(network, case, Options(max_examples=LAST_INPUTS))
        if found.failures:
            undecided = Proof(case, "refuted", failure=found.failures[0])
        proof = undecided
    else:
        proof = Proof(case, "proved", bound=min(bounds, default=None))
    return replace(proof, n_boxes=n_boxes, seconds=time.process_time() - begun)


def _prove_demand(
    network: Network, case: Case, domain: Domain, demand: Demand, deadline: float
) -> Proof:
    """A chain of sums and rectifiers is bounded by its own means, anything else by enclosures."""
    enclosure = Enclosure(network, domain, demand)
    search = Cutting(enclosure)
    # Slopes are often enough over the whole domain, before anything is compiled or loaded.
    at_once = demand.axis is not None and search.until(deadline, most_boxes=1) == "proved"
    # A chain is what the claim speaks of alone; that the rest has values, enclosures tell.
    if find_spec("numba") is not None and not at_once and enclosure.has_values:
        with suppress(CannotError):
            chain, every = _chain(network, demand), boxes(domain)
            unit = None if demand.axis is None else _unit(network, domain, demand.axis)
            return _by_chain(network, case, domain, demand, chain, every, unit, deadline)
    return _by_enclosures(network, case, domain, demand, search, deadline)


def _by_enclosures(
    network: Network, case: Case, domain: Domain, demand: Demand, search: Cutting, deadline: float
) -> Proof:
    ended, failure = _ended(network, domain, demand, search, deadline)
    if failure is not None:
        return Proof(case, "refuted", failure=failure, n_boxes=search.n_boxes)
    of_sum = demand.axis is None
    if ended == "proved":
        return Proof(case, "proved", search.margin if of_sum else None, n_boxes=search.n_boxes)
    bound = -search.worst if of_sum else None
    return Proof(
        case, "undecided", bound, None, ended, search.open_share, search.resisting, search.n_boxes
    )


def _by_chain(
    network: Network, case: Case, domain: Domain, demand: Demand, chain: FlatChain,
    every: list[Box], unit: int | None, deadline: float,
) -> Proof:  # fmt: skip
    least, n_boxes = math.inf, 0
    for number, box in enumerate(every):
        run = _Run(chain, box, unit, demand.limits)
        ended, failure = _ended(network, domain, demand, run, deadline)
        n_boxes += int(run.scores[0])
        if failure is not None:
            return Proof(case, "refuted", failure=failure, n_boxes=n_boxes)
        if ended != "proved":
            share = (len(every) - number - run.scores[2]) / len(every)
            bound = None if unit is not None else -run.worst
            return Proof(
                case, "undecided", bound, None, ended, share, run.resisting(domain), n_boxes
            )
        least = min(least, run.scores[1])
    return Proof(case, "proved", None if unit is not None else least, n_boxes=n_boxes)


def _ended(
    network: Network, domain: Domain, demand: Demand, search: Cutting | _Run, deadline: float
) -> tuple[str, Failure | None]:
    """How a search ends, and what refutes the demand, if that is confirmed in 60 digits."""
    ended = search.until(deadline)
    while ended == "refuted":
        found = search.witness
        row = row_of(domain, found) if isinstance(search, _Run) else domain.row(found)
        failure = _confirmed(network, domain, demand, row)
        if failure is not None:
            return ended, failure
        # It violates in doubles alone: only a proof can tell.
        search.seeks = False
        ended = search.until(deadline)
    return ended, None


def _chain(network: Network, demand: Demand) -> FlatChain:
    index = network.compiled.index
    wanted = [index[name] for name in demand.terms]
    chain = chain_of(network.compiled, wanted)
    if not chain.weights:  # of inputs alone
        raise CannotError("the claim speaks of no neuron")
    row = np.zeros((1, len(chain.units)))
    for name, factor in demand.terms.items():
        if index[name] not in chain.units:
            raise CannotError(f"{name} is an input, and the claim speaks of no later neuron")
        row[0, chain.units.index(index[name])] += factor
    return chain.ending_in(row, np.array([demand.constant]))


def _unit(network: Network, domain: Domain, axis: str) -> int:
    if domain.axes[domain.index[axis]].codes:
        raise CannotError(f"{axis} is a category, whose values have no order")
    return network.compiled.index[axis]


def _confirmed(network: Network, domain: Domain, demand: Demand, row: Any) -> Failure | None:
    """What a row that violates in doubles shows, if it does so in 60 digits too."""
    if not truly_violates(network, demand.statement, (row,)):
        return None
    shorter = _shortest(network, domain, demand, row)
    return failure_of(network, demand.statement, (shorter,))


def _shortest(
    network: Network, domain: Domain, demand: Demand, row: dict[str, Any]
) -> dict[str, Any]:
    """The same with as few digits as still violate, input by input."""
    for axis in domain.axes:
        if axis.codes or axis.whole:
            continue
        for text in _roundings(float(row[axis.name])):
            tried = {**row, axis.name: text}
            if axis.holds(text) and truly_violates(network, demand.statement, (tried,)):
                row = tried
                break
    return row


def _roundings(number: float) -> Iterator[float]:
    for digits in range(1, 17):
        yield float(f"{number:.{digits}g}")


class _Run:
    """The search through one box: a stack of boxes that are still open."""

    def __init__(
        self, chain: FlatChain, box: Box, unit: int | None, limits: tuple[float, float]
    ) -> None:
        from nnspec.proving import splitting

        self.kernel = splitting
        self.net = chain.arrays
        self.box, self.unit, self.limits = box, unit, limits
        n, n_units = len(box.low), len(chain.biases)
        depth = int(min(4000, max(64, STACK_BYTES // (16 * n_units))))
        self.stack = (
            np.empty((depth, n)), np.empty((depth, n)), np.empty((depth, n_units)),
            np.empty((depth, n_units)), np.zeros(depth), np.full(depth, -np.inf),
        )  # fmt: skip
        self.scores = np.array([0.0, np.inf, 0.0])
        self.witness = np.zeros(n)
        self.count = 1
        self.seeks = unit is None
        splitting.start(box.low, box.high, *self.stack[:5])

    def until(self, deadline: float) -> str:
        """``proved``, ``refuted``, or why it is neither."""
        kernel = self.kernel
        if self.seeks:
            ends = self.box.low, self.box.high, self.box.whole
            if kernel.attack(self.net, *ends, N_ATTACKS, 0, self.witness) < 0:
                return "refuted"
        while True:
            if self.unit is None:
                ended, self.count = kernel.split_boxes(
                    self.net, self.count, NODES_AT_A_TIME, self.box.whole, self.stack,
                    self.scores, self.witness, self.seeks,
                )  # fmt: skip
            else:
                ended, self.count = kernel.split_for_slopes(
                    self.net, self.count, NODES_AT_A_TIME, self.unit,
                    np.array(self.limits), self.stack, self.scores,
                )  # fmt: skip
            if ended == kernel.PROVED:
                return "proved"
            if ended == kernel.REFUTED:
                return "refuted"
            if ended == kernel.OUT_OF_ROOM:
                return "too many boxes are open"
            if ended == kernel.TOO_SMALL:
                return "a box cannot be cut any further"
            if time.process_time() > deadline:
                return "out of time"

    @property
    def worst(self) -> float:
        """The least bound of the boxes that are open."""
        return float(self.stack[5][: max(self.count, 1)].min())

    def resisting(self, domain: Domain) -> dict[str, tuple[float, float]]:
        """The box on top, by input."""
        top = max(self.count - 1, 0)
        low, high = self.stack[0][top], self.stack[1][top]
        found, at = {}, 0
        for axis in domain.axes:
            n = len(axis.input.units)
            if not axis.codes:
                found[axis.name] = float(low[at]), float(high[at])
            at += n
        return found
