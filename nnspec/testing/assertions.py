"""Assertions about networks: each searches for a counterexample, and shows the smallest found."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis.errors import InvalidArgument

from nnspec.claims import Options, property_case, render_result, run_case
from nnspec.claims.rendering import row_text
from nnspec.claims.search.comparison import Change, largest_changes
from nnspec.diagnostics.suggestions import quote
from nnspec.network import Network
from nnspec.spec.model import (
    Claim,
    Independent,
    Linear,
    Lipschitz,
    Monotone,
    Ordered,
    Property,
    Then,
)
from nnspec.testing.arguments import (
    AnyNetwork,
    When,
    as_input,
    as_network,
    as_neuron,
    as_options,
    as_when,
    check_number,
)
from nnspec.views.numbers import number_text, pair_texts

CLOSE = 1e-9
"""How near two networks must be by default: absolutely up to 1, relatively above."""

ROUNDING = 1e-12
"""What a difference may be beyond what is allowed, of the values: two roundings explain it."""

MAX_EXAMPLES = 10_000


def assert_monotone(
    network: AnyNetwork,
    neuron: str,
    input: str,  # noqa: A002 -- the format's own word
    direction: str = "increasing",
    *,
    when: When | None = None,
    max_examples: int = MAX_EXAMPLES,
    seed: int = 0,
) -> None:
    """Assert that a neuron never falls (or never rises) as an input rises, all else equal.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    neuron, input
        Their names.
    direction
        ``"increasing"`` or ``"decreasing"``.
    when
        Narrows the declared ranges: by input, an interval ``(low, high)``, with None for an open
        side, or the list of a category's values.
    max_examples, seed
        How many pairs of rows to try, and where chance starts.

    Raises
    ------
    AssertionError
        With the smallest counterexample found: the row, in names and units, and every neuron's
        value along the way.

    Examples
    --------
    >>> from nnspec import loads
    >>> network = loads('''
    ... nnspec: 1
    ... name: historic
    ... inputs: {age: {unit: year, range: [0, 250]}}
    ... layers: [{name: output, activation: relu, neurons: {
    ...     historic: {bias: -100, synapses: {age: 1}}}}]
    ... ''')
    >>> assert_monotone(network, "historic", "age")
    >>> assert_monotone(network, "historic", "age", "decreasing")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    AssertionError: property: historic never rises as age rises: failed
      ...
      age 100 -> 101 year: historic rises from 0 to 1
      ...
    """
    __tracebackhide__ = True
    found = as_network(network)
    if direction not in ("increasing", "decreasing"):
        raise InvalidArgument(
            f"direction must be 'increasing' or 'decreasing'; given {quote(direction)}"
        )
    claim = Monotone({as_neuron(found, neuron): {as_input(found, input).name: direction}})
    _assert_claim(found, claim, when, as_options(max_examples, seed))


def assert_within(
    network: AnyNetwork,
    neuron: str,
    low: float | None,
    high: float | None,
    *,
    when: When | None = None,
    max_examples: int = MAX_EXAMPLES,
    seed: int = 0,
) -> None:
    """Assert that a neuron's value lies in a closed interval.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    neuron
        Its name.
    low, high
        The ends of the interval; None leaves a side open.
    when, max_examples, seed
        As for :func:`assert_monotone`.

    Raises
    ------
    AssertionError
        With the smallest counterexample found.

    Examples
    --------
    >>> assert_within("specs/xor.yaml", "xor", 0, 1)  # doctest: +SKIP
    """
    __tracebackhide__ = True
    found = as_network(network)
    check_number("low", low, may_be_none=True)
    check_number("high", high, may_be_none=True)
    if low is None and high is None:
        raise InvalidArgument("low and high are both None: every value lies within")
    claim = Then({as_neuron(found, neuron): (low, high)})
    _assert_claim(found, claim, when, as_options(max_examples, seed))


def assert_independent(
    network: AnyNetwork,
    neuron: str,
    input: str,  # noqa: A002 -- the format's own word
    *,
    when: When | None = None,
    max_examples: int = MAX_EXAMPLES,
    seed: int = 0,
) -> None:
    """Assert that a neuron does not change with an input, all else equal.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    neuron, input
        Their names.
    when, max_examples, seed
        As for :func:`assert_monotone`.

    Raises
    ------
    AssertionError
        With the smallest counterexample found.

    Examples
    --------
    >>> assert_independent("specs/property-valuation.yaml", "historic", "area")
    """
    __tracebackhide__ = True
    found = as_network(network)
    claim = Independent({as_neuron(found, neuron): (as_input(found, input).name,)})
    _assert_claim(found, claim, when, as_options(max_examples, seed))


def assert_lipschitz(
    network: AnyNetwork,
    neuron: str,
    input: str,  # noqa: A002 -- the format's own word
    bound: float,
    *,
    when: When | None = None,
    max_examples: int = MAX_EXAMPLES,
    seed: int = 0,
) -> None:
    """Assert that a neuron changes by at most so much for each unit of an input, all else equal.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    neuron, input
        Their names.
    bound
        The most, in the neuron's unit for each of the input's; 0 or greater.
    when, max_examples, seed
        As for :func:`assert_monotone`.

    Raises
    ------
    AssertionError
        With the smallest counterexample found.

    Examples
    --------
    >>> assert_lipschitz("specs/property-valuation.yaml", "historic", "age", 1)
    """
    __tracebackhide__ = True
    found = as_network(network)
    check_number("bound", bound)
    claim = Lipschitz({as_neuron(found, neuron): {as_input(found, input).name: float(bound)}})
    _assert_claim(found, claim, when, as_options(max_examples, seed))


def assert_ordered(
    network: AnyNetwork,
    smaller: str,
    greater: str,
    *,
    when: When | None = None,
    max_examples: int = MAX_EXAMPLES,
    seed: int = 0,
) -> None:
    """Assert that one value never exceeds another.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    smaller, greater
        Names of neurons.
    when, max_examples, seed
        As for :func:`assert_monotone`.

    Raises
    ------
    AssertionError
        With the smallest counterexample found.

    Examples
    --------
    >>> assert_ordered("specs/property-valuation.yaml", "historic", "price")
    """
    __tracebackhide__ = True
    found = as_network(network)
    claim = Ordered(((str(smaller), str(greater)),))
    _assert_claim(found, claim, when, as_options(max_examples, seed))


def assert_linear(
    network: AnyNetwork,
    *inequalities: str,
    when: When | None = None,
    max_examples: int = MAX_EXAMPLES,
    seed: int = 0,
) -> None:
    """Assert linear inequalities over inputs and neurons, written as in a spec.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    inequalities
        Such as ``"price - 2*area >= 0"``; ``=`` asserts both sides.
    when, max_examples, seed
        As for :func:`assert_monotone`.

    Raises
    ------
    AssertionError
        With the smallest counterexample found.

    Examples
    --------
    >>> assert_linear("specs/property-valuation.yaml", "historic - age <= 0")
    """
    __tracebackhide__ = True
    found = as_network(network)
    if not inequalities:
        raise InvalidArgument("name at least one inequality, such as 'price >= 0'")
    claim = Linear(tuple(map(str, inequalities)))
    _assert_claim(found, claim, when, as_options(max_examples, seed))


def assert_equivalent(
    network: AnyNetwork,
    other: AnyNetwork,
    *,
    over: When | None = None,
    neurons: Sequence[str] | None = None,
    within: float | None = None,
    max_examples: int = MAX_EXAMPLES,
    seed: int = 0,
) -> None:
    """Assert that two networks over the same inputs give the same values.

    Parameters
    ----------
    network, other
        The networks, their specs, or the paths of their files.
    over
        Narrows the ranges that both declare: by input, an interval or the list of a category's
        values.
    neurons
        Whose values: names of neurons that both networks have, by default the first's outputs.
    within
        How far they may be apart, in the neuron's own unit, rounding (1e-12 of the values) aside;
        by default 1e-9, relative to values above 1. It is judged where they were found to be
        furthest apart.
    max_examples, seed
        How many rows to try, and where chance starts.

    Raises
    ------
    AssertionError
        With, for each neuron, the row at which the networks were found to be furthest apart.

    Examples
    --------
    >>> assert_equivalent("specs/xor.yaml", "specs/xor.yaml")  # doctest: +SKIP
    """
    __tracebackhide__ = True
    first, second = as_network(network), as_network(other)
    names = [as_neuron(first, name) for name in (first.outputs if neurons is None else neurons)]
    for name in names:
        as_neuron(second, name)
    if within is not None:
        check_number("within", within, floor=0)
    options = as_options(max_examples, seed)
    limits = as_when(first, over, word="over")
    try:
        changes = largest_changes(first, second, names, options, ranges=limits)
    except ValueError as error:
        raise InvalidArgument(str(error)) from None
    apart = [change for change in changes.values() if not _is_near(change, within)]
    if apart:
        raise AssertionError("\n".join(_difference(first, second, change) for change in apart))


def _assert_claim(network: Network, claim: Claim, when: When | None, options: Options) -> None:
    __tracebackhide__ = True
    item = Property(claim, when=as_when(network, when, claim))
    result = run_case(network, property_case(item), options)
    if result.failed:
        raise AssertionError(render_result(network, result))


def _is_near(change: Change, within: float | None) -> bool:
    scale = max(1.0, abs(change.old), abs(change.new))
    if within is None:
        return change.change <= CLOSE * scale
    # 4,198,917.328 - 4,189,917.328 is 9,000 and a little in doubles.
    return change.change <= within + ROUNDING * scale


def _difference(network: Network, other: Network, change: Change) -> str:
    units = {neuron.name: neuron.unit for _, neuron in network.spec.neurons()}
    unit = f" {units[change.neuron]}" if units.get(change.neuron) else ""
    old, new = pair_texts(change.old, change.new)
    names = (network.name, other.name)
    if names[0] == names[1]:
        names = ("the first network", "the other")
    return (
        f"{change.neuron} differs by {number_text(change.change)}{unit}, the most found in "
        f"{change.n_inputs:,} inputs\n"
        f"  {row_text(network, (change.row,))}: {change.neuron} is {old} in {names[0]}, "
        f"{new} in {names[1]}"
    )
