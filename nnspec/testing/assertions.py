"""Assertions about networks: each searches for a counterexample, and shows the smallest found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis.errors import InvalidArgument

from nnspec.claims import Options, property_case, render_result, run_case
from nnspec.claims.rendering import row_text
from nnspec.claims.search.comparison import Change, largest_changes
from nnspec.diagnostics import errors
from nnspec.diagnostics.suggestions import quote
from nnspec.network import Network
from nnspec.spec.model import Claim, Interval, Monotone, Property, Then, Value
from nnspec.testing.arguments import AnyNetwork, as_input, as_network, as_neuron
from nnspec.validation import check
from nnspec.views.numbers import number_text, pair_texts

CLOSE = 1e-9
"""How near two networks must be by default: absolutely up to 1, relatively above."""

ROUNDING = 1e-12
"""What a difference may be beyond what is allowed, of the values: two roundings explain it."""

MAX_EXAMPLES = 10_000

When = Mapping[str, Interval | Sequence[Value]]


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
    _assert_claim(found, claim, when, Options(max_examples, seed))


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
    if low is None and high is None:
        raise InvalidArgument("low and high are both None: every value lies within")
    claim = Then({as_neuron(found, neuron): (low, high)})
    _assert_claim(found, claim, when, Options(max_examples, seed))


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
    if within is not None and not within >= 0:
        raise InvalidArgument(f"within must be a number from 0 on; given {within!r}")
    options = Options(max_examples, seed)
    try:
        changes = largest_changes(first, second, names, options, ranges=_judged(first, over))
    except ValueError as error:
        raise InvalidArgument(str(error)) from None
    apart = [change for change in changes.values() if not _is_near(change, within)]
    if apart:
        raise AssertionError("\n".join(_difference(first, second, change) for change in apart))


def _assert_claim(network: Network, claim: Claim, when: When | None, options: Options) -> None:
    __tracebackhide__ = True
    item = Property(claim, when=_judged(network, when, claim))
    result = run_case(network, property_case(item), options)
    if result.failed:
        raise AssertionError(render_result(network, result))


def _judged(network: Network, when: When | None, claim: Claim | None = None) -> dict[str, Any]:
    """What ``when`` says, once the rules for properties have found no fault with it."""
    narrowed: dict[str, Any] = {} if when is None else {k: tuple(v) for k, v in when.items()}
    said = Then({network.outputs[0]: (0.0, None)}) if claim is None else claim
    spec = replace(network.spec, examples=(), properties=(Property(said, when=narrowed),))
    found = [d for d in errors(check(spec)) if d.path[:1] == ("properties",)]
    if found:
        raise InvalidArgument("\n".join(f"{d.message}; {d.help}" for d in found))
    return narrowed


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
