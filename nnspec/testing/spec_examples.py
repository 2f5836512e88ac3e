"""A spec's own examples, as explicit examples of a test with ``@given``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import example
from hypothesis.errors import InvalidArgument

from nnspec.testing.arguments import AnyNetwork, as_network

Test = TypeVar("Test", bound=Callable[..., Any])


def examples(network: AnyNetwork, argument: str | None = None) -> Callable[[Test], Test]:
    """Try a test at the rows of the spec's examples, before those that ``@given`` draws.

    Parameters
    ----------
    network
        The network, its spec, or the path of its file.
    argument
        Which argument takes the row, by name; by default the test's last positional one.

    Raises
    ------
    InvalidArgument
        If the spec has no examples.

    Notes
    -----
    A cell that an example leaves out is its input's stand-in.

    Examples
    --------
    >>> from hypothesis import given
    >>> from nnspec.testing import examples, inputs
    >>> @examples("specs/property-valuation.yaml")
    ... @given(inputs("specs/property-valuation.yaml"))
    ... def test_age_is_no_debt(row):
    ...     assert row["age"] >= 0
    >>> test_age_is_no_debt()
    """
    found = as_network(network)
    stand_ins = {i.name: i.missing for i in found.spec.inputs if i.missing is not None}
    rows = [{**stand_ins, **one.given} for one in found.spec.examples]
    if not rows:
        raise InvalidArgument(f"{found.name} has no examples")

    def decorate(test: Test) -> Test:
        # The one that is applied last is tried first.
        for row in reversed(rows):
            ordered = {name: row[name] for name in found.inputs}
            given = example(ordered) if argument is None else example(**{argument: ordered})
            test = given(test)
        return test

    return decorate
