"""What a generated network says of itself: outputs, examples and properties, true or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st

from nnspec.spec.inputs import number_bounds
from nnspec.spec.model import (
    Claim,
    Example,
    Independent,
    Input,
    Linear,
    Lipschitz,
    Monotone,
    Ordered,
    Property,
    Then,
    category_text,
)
from nnspec.testing.strategies.cells import cells
from nnspec.testing.strategies.parts import NetworkDraw
from nnspec.testing.strategies.scalars import extensions, numbers


def draw_outputs(builder: NetworkDraw) -> tuple[str, ...] | None:
    """Some of the neurons, or None for those of the last layer."""
    some = st.lists(st.sampled_from(builder.neurons), unique=True, min_size=1, max_size=3)
    listed = builder.often(None, some)
    return None if listed is None else tuple(listed)


def draw_claims(builder: NetworkDraw, inputs: Sequence[Input]) -> dict[str, Any]:
    """Examples and properties, if the network is decorated."""
    if not builder.parts.decorated:
        return {}
    names = [f"claim {i}" for i in range(4)]
    examples = [_example(builder, inputs, names) for _ in range(builder.draw(st.integers(0, 1)))]
    properties = [_property(builder, inputs, names) for _ in range(builder.draw(st.integers(0, 2)))]
    return {"examples": tuple(examples), "properties": tuple(properties)}


def _example(builder: NetworkDraw, inputs: Sequence[Input], names: list[str]) -> Example:
    given = st.fixed_dictionaries({item.name: cells(item) for item in inputs})
    expect = st.dictionaries(st.sampled_from(builder.neurons), _bounds(), min_size=1, max_size=2)
    return Example(
        builder.draw(given),
        builder.draw(expect),
        builder.often(None, st.just(names.pop())),
        builder.often(None, numbers(least=0)),
        builder.often({}, extensions()),
    )


def _property(builder: NetworkDraw, inputs: Sequence[Input], names: list[str]) -> Property:
    claim = builder.draw(_claims(builder.neurons, inputs))
    # An input of which two values are compared must keep them.
    free = [item for item in inputs if item.name not in _compared(claim)]
    return Property(
        claim,
        builder.often(None, st.just(names.pop())),
        builder.draw(_limits(free)),
        **builder.texts("description"),
    )


@cache
def _bounds() -> st.SearchStrategy[Any]:
    """A number, or an interval that is not empty."""
    pairs = st.tuples(numbers(), numbers()).map(lambda pair: tuple(sorted(pair)))
    return numbers() | pairs | numbers().map(lambda n: (n, None)) | st.just((None, 1.0))


def _claims(neurons: Sequence[str], inputs: Sequence[Input]) -> st.SearchStrategy[Claim]:
    neuron = st.sampled_from(list(neurons))
    varied = [item for item in inputs if _has_two_values(item)]
    ordered = [item.name for item in varied if item.type != "category"]
    found: list[st.SearchStrategy[Claim]] = [
        st.dictionaries(neuron, _bounds(), min_size=1, max_size=2).map(Then),
        st.lists(st.tuples(neuron, neuron), min_size=1, max_size=2).map(tuple).map(Ordered),
        neuron.map(lambda name: Linear((f"2*{name} + 1 >= 0.5", f"{name} <= 1e6"))),
    ]
    if varied:
        given = st.sampled_from([item.name for item in varied])
        several = st.lists(given, unique=True, min_size=1, max_size=2).map(tuple)
        found.append(st.dictionaries(neuron, several, min_size=1, max_size=1).map(Independent))
    if ordered:
        word = st.sampled_from(["increasing", "decreasing"])
        bound = numbers(least=0)
        makers: tuple[tuple[Callable[[Any], Claim], st.SearchStrategy[Any]], ...] = (
            (Monotone, word),
            (Lipschitz, bound),
        )
        for make, value in makers:
            inner = st.dictionaries(st.sampled_from(ordered), value, min_size=1, max_size=1)
            found.append(st.dictionaries(neuron, inner, min_size=1, max_size=1).map(make))
    return st.one_of(found)


def _has_two_values(item: Input) -> bool:
    if item.type == "category":
        return len(item.categories) > 1
    low, high = number_bounds(item)
    return low < high


def _compared(claim: Claim) -> set[str]:
    """The inputs of which a claim compares two values."""
    match claim:
        case Monotone(directions=nested) | Lipschitz(bounds=nested):
            return {name for inputs in nested.values() for name in inputs}
        case Independent(of=of):
            return {name for names in of.values() for name in names}
    return set()


def _limits(inputs: Sequence[Input]) -> st.SearchStrategy[dict[str, Any]]:
    """What a property's ``when`` may say of the inputs."""
    return st.fixed_dictionaries({}, optional={item.name: _limit(item) for item in inputs})


def _limit(item: Input) -> st.SearchStrategy[Any]:
    if item.type == "category":
        return st.lists(st.sampled_from(item.categories), min_size=1, unique_by=category_text).map(
            tuple
        )
    ends = st.tuples(cells(item), cells(item)).map(sorted).map(tuple)
    return ends | cells(item).map(lambda low: (low, None))
