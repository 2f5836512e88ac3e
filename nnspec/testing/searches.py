"""The aimed search, for what a Python function says of a row."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from hypothesis.errors import InvalidArgument

from nnspec.claims import Options
from nnspec.claims.domain import Domain, Points
from nnspec.claims.search.frontier import Frontier
from nnspec.claims.search.probe import Measured, Probe
from nnspec.claims.search.search import Search
from nnspec.claims.search.shrinking import Shrinker
from nnspec.claims.statements import Statement
from nnspec.network import Network
from nnspec.testing.arguments import AnyNetwork, When, as_network, as_options, as_when
from nnspec.testing.strategies.axes import cell
from nnspec.testing.strategies.rows import Row

Predicate: TypeAlias = Callable[..., Any]
"""Takes a row, and, if it takes two arguments, every neuron's value by name."""

MAX_EXAMPLES = 2_000
"""Rows tried by default: each is a call of a Python function."""

NO_VALUE = "\0bad"
"""Under what name a statement is told where the network has no value: none that a spec can use."""


@dataclass(frozen=True)
class Found:
    """What a search found.

    Parameters
    ----------
    row
        The smallest row found.
    worst
        The row found at which a predicate that gives a number gives the greatest.
    excess, worst_excess
        What the predicate gives there.
    n_inputs
        How many rows were tried.
    """

    row: Row
    worst: Row
    excess: float
    worst_excess: float
    n_inputs: int


def search(
    network: AnyNetwork,
    predicate: Predicate,
    *,
    when: When | None = None,
    max_examples: int = MAX_EXAMPLES,
    seed: int = 0,
) -> Found | None:
    """Look for a row at which a Python function says yes, aimed as ``nnspec test`` aims.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    predicate
        ``predicate(row)`` or ``predicate(row, values)``, of a row by input's name and of every
        neuron's value. Truth is what is looked for; of a number, anything above 0, and the search
        climbs it.
    when
        Narrows the declared ranges: by input, an interval ``(low, high)``, with None for an open
        side, or the list of a category's values.
    max_examples, seed
        How many rows to try, and where chance starts.

    Returns
    -------
    Found or None
        The smallest row found and the worst; None if no row was found.

    Notes
    -----
    Rows at which the network has no finite value are left out. All neurons are evaluated in
    batches; the function is called for each row.

    Examples
    --------
    >>> found = search("specs/property-valuation.yaml", lambda row: row["age"] > 100)
    >>> found.row
    {'area': 100.0, 'bedrooms': 0, 'distance': 0.0, 'age': 100.000001}
    """
    found = as_network(network)
    limits = as_when(found, when)
    return _searched(found, _excess_of(predicate), limits, as_options(max_examples, seed))


def assert_holds(
    network: AnyNetwork,
    predicate: Predicate,
    *,
    row: Mapping[str, Any] | None = None,
    when: When | None = None,
    max_examples: int = MAX_EXAMPLES,
    seed: int = 0,
) -> None:
    """Assert that a Python function holds for every row, as far as a search can tell.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    predicate
        ``predicate(row)`` or ``predicate(row, values)``. It holds where it gives true, or a number
        from 0 on, or where it gives nothing and its own assertions hold.
    row
        Judge this row alone, as a failure's last line gives it.
    when, max_examples, seed
        As for :func:`search`.

    Raises
    ------
    AssertionError
        With the smallest row found, the worst, and a line that tries it again.

    Examples
    --------
    >>> def never_beyond_its_age(row, values):
    ...     return values["historic"] <= row["age"]
    >>> assert_holds("specs/property-valuation.yaml", never_beyond_its_age)
    """
    __tracebackhide__ = True
    found = as_network(network)
    excess = _shortfall_of(predicate)
    if row is not None:
        given = dict(row)
        if excess(given, _values_of(found, given)) > 0:
            raise AssertionError(f"{_name(predicate)} does not hold at {given!r}")
        return
    limits = as_when(found, when)
    result = _searched(found, excess, limits, as_options(max_examples, seed))
    if result is not None:
        raise AssertionError("\n".join(_said(predicate, result)))


Excess: TypeAlias = Callable[[Row, Mapping[str, float]], float]


def _searched(
    network: Network, excess: Excess, when: dict[str, Any], options: Options
) -> Found | None:
    domain = Domain.of(network.spec, when)
    probe = _Predicated(network, domain, network.neurons)

    def judged(_: Any, first: Mapping[str, Any], __: Any) -> Any:
        return np.fromiter(_each(domain, network, first, excess), dtype=np.float64)

    statement = Statement("the predicate", (), None, judged, lambda _, __: "")
    rng = np.random.Generator(np.random.Philox(key=options.seed % 2**64))
    frontier = Frontier(probe, [statement], rng, options.max_examples)
    Search(frontier).run()
    worst = next(frontier.best(0), None)
    if worst is None:
        return None
    tried = probe.n_inputs
    smallest = Shrinker(probe, statement, lambda _: True).run(worst[0])
    return Found(
        _row(domain, smallest.points[:, 0]),
        _row(domain, worst[0].points[:, 0]),
        float(probe.excess([statement], smallest)[0, 0]),
        worst[1],
        tried,
    )


class _Predicated(Probe):
    """A probe that leaves it to the predicate what a row without a value means."""

    def evaluate(self, points: Points) -> Measured:
        measured = super().evaluate(points)
        values = {**measured.values, NO_VALUE: measured.bad}
        return Measured(values, np.zeros_like(measured.bad), measured.above)


def _each(
    domain: Domain, network: Network, columns: Mapping[str, Any], excess: Excess
) -> Iterator[float]:
    numbers = [columns[axis.name].tolist() for axis in domain.axes]
    values = [columns[name].tolist() for name in network.neurons]
    bad = columns[NO_VALUE].tolist()
    for at, is_bad in enumerate(bad):
        if is_bad:
            yield -math.inf
            continue
        row = {a.name: cell(a, x[at]) for a, x in zip(domain.axes, numbers, strict=True)}
        yield excess(row, {n: x[at] for n, x in zip(network.neurons, values, strict=True)})


def _row(domain: Domain, point: Any) -> Row:
    return {a.name: cell(a, float(x)) for a, x in zip(domain.axes, point, strict=True)}


def _values_of(network: Network, row: Row) -> dict[str, float]:
    columns = network.evaluate(
        {name: [value] for name, value in row.items()}, neurons="all", on_range="ignore"
    )
    return {name: float(column[0]) for name, column in columns.items()}


def _called(predicate: Predicate) -> Callable[[Row, Mapping[str, float]], Any]:
    """The predicate, given what it takes."""
    if not callable(predicate):
        raise InvalidArgument(f"predicate must be a function of a row; given {predicate!r}")
    parameters = inspect.signature(predicate).parameters.values()
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
                  and p.default is p.empty]  # fmt: skip
    if len(positional) == 2:
        return predicate
    if len(positional) != 1:
        raise InvalidArgument("predicate must take a row, or a row and the neurons' values")
    return lambda row, _: predicate(row)


def _excess_of(predicate: Predicate) -> Excess:
    """Above 0 where what is looked for is there."""
    called = _called(predicate)

    def excess(row: Row, values: Mapping[str, float]) -> float:
        said = called(row, values)
        is_number = isinstance(said, Real) and not isinstance(said, bool | np.bool_)
        return float(said) if is_number else float(bool(said))

    return excess


def _shortfall_of(predicate: Predicate) -> Excess:
    """Above 0 where the predicate does not hold."""
    called = _called(predicate)

    def shortfall(row: Row, values: Mapping[str, float]) -> float:
        try:
            said = called(row, values)
        except AssertionError:
            return 1.0
        if said is None:
            return 0.0
        is_number = isinstance(said, Real) and not isinstance(said, bool | np.bool_)
        return -float(said) if is_number else float(not said)

    return shortfall


def _name(predicate: Predicate) -> str:
    return str(getattr(predicate, "__name__", predicate))


def _said(predicate: Predicate, found: Found) -> Iterator[str]:
    name = _name(predicate)
    yield f"{name} does not hold, found in {found.n_inputs:,} rows"
    yield f"  smallest: {found.row!r}" + _by(found.excess)
    if found.worst_excess > found.excess:
        yield f"  worst:    {found.worst!r}" + _by(found.worst_excess)
    yield f"  replay:   assert_holds(network, {name}, row={found.row!r})"


def _by(excess: float) -> str:
    return "" if excess == 1 else f", by {excess:.6g}"
