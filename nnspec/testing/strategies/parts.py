"""Draws a network part by part, and remembers what there is to be named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from hypothesis import strategies as st

from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.spec.inputs import number_bounds
from nnspec.spec.model import (
    Activation,
    BulkLayer,
    Input,
    Interval,
    Layer,
    Neuron,
    Synapse,
    Transform,
    category_text,
)
from nnspec.testing.strategies.cells import cells
from nnspec.testing.strategies.functions import EVERY_ACTIVATION, activations, wants_positive_z
from nnspec.testing.strategies.pieces import (
    STEP_PARAMETERS,
    WEIGHTS_OF_PRODUCT,
    is_defined,
    matrices,
)
from nnspec.testing.strategies.scalars import CATEGORIES, NAMES, extensions, numbers, texts

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a generated network may be made of.

    Parameters
    ----------
    activations, aggregations, groups, transforms
        Names of what may be used.
    max_synapses
        How many synapses a neuron may have.
    decorated
        Whether there are texts, extensions, examples and properties.
    """

    activations: Sequence[str] = EVERY_ACTIVATION
    aggregations: Sequence[str] = tuple(AGGREGATIONS)
    groups: Sequence[str] = tuple(GROUPS)
    transforms: Sequence[str] = tuple(TRANSFORMS)
    max_synapses: int = 4
    decorated: bool = False


class NetworkDraw:
    """Draws the parts of one network; later parts may name earlier ones."""

    def __init__(self, draw: Draw, parts: Parts) -> None:
        self.draw = draw
        self.parts = parts
        self.parameters: list[str] = []
        self.free = list(NAMES)
        self.n_made = 0
        self.units: list[str] = []
        self.neurons: list[str] = []
        self.columns: dict[str, list[str]] = {}

    def often(self, value: Any, otherwise: st.SearchStrategy[Any], *, times: int = 3) -> Any:
        """Mostly one value, toward which it shrinks."""
        others = self.draw(st.integers(0, times))
        return value if others < times else self.draw(otherwise)

    def name(self) -> str:
        """One that nothing else has; numbered ones, once the stock is used up."""
        if not self.free:
            self.n_made += 1
            return f"extra-{self.n_made}"
        name: str = self.draw(st.sampled_from(self.free))
        self.free.remove(name)
        return name

    def texts(self, *keys: str) -> dict[str, Any]:
        """Texts under some of the keys, and extensions."""
        if not self.parts.decorated:
            return {}
        found = {key: self.often(None, texts(), times=4) for key in keys}
        return {**found, "extensions": self.often({}, extensions(), times=6)}

    # -- inputs ---------------------------------------------------------------------------------

    def input(self) -> Input:
        """An input of any type; its units are sources from now on."""
        name = self.name()
        kind = self.draw(st.sampled_from(["number", "number", "integer", "boolean", "category"]))
        facts: dict[str, Any] = {"name": name, "type": kind}
        if kind == "category":
            several = st.lists(
                st.sampled_from(CATEGORIES), min_size=1, max_size=3, unique_by=category_text
            )
            facts["categories"] = tuple(self.draw(several))
        elif kind != "boolean":
            facts["range"] = self.range(whole=kind == "integer")
        facts["column"] = self.often(None, texts().filter(lambda t: t != ""))
        item = Input(**facts)
        steps = () if kind == "category" else self.steps(number_bounds(item))
        stand_in = self.often(None, cells(item))
        found = Input(
            **facts, transforms=steps, missing=stand_in, **self.texts("unit", "title",
            "description"),
        )  # fmt: skip
        self.units.extend(found.units)
        self.columns[name] = list(found.units)
        return found

    def range(self, *, whole: bool) -> Interval:
        """An interval that is not empty, or open on a side."""
        ends = st.integers(-8, 8) if whole else numbers(least=-8, most=8)
        low, high = sorted([self.draw(ends), self.draw(ends)])
        shape = self.draw(st.sampled_from(["closed", "closed", "none", "above", "below"]))
        return {
            "closed": (low, high),
            "none": (None, None),
            "above": (low, None),
            "below": (None, high),
        }[shape]

    def steps(self, bounds: tuple[float, float]) -> tuple[Transform, ...]:
        """Transforms that are defined over all that the range allows."""
        steps = []
        for _ in range(self.draw(st.sampled_from([0, 0, 1, 2]))):
            legal = [kind for kind in self.parts.transforms if is_defined(kind, bounds)]
            if not legal:
                break
            kind = self.draw(st.sampled_from(legal))
            parameters = self.draw(STEP_PARAMETERS.get(kind, st.just(())))
            steps.append(Transform(kind, parameters))
            bounds = TRANSFORMS[kind].image(bounds, *parameters)
        return tuple(steps)

    # -- layers ---------------------------------------------------------------------------------

    def functions(self) -> dict[str, Any]:
        """A layer's defaults for its neurons."""
        chosen = self.often(None, st.sampled_from(list(self.parts.aggregations)), times=2)
        if chosen is None and "sum" not in self.parts.aggregations:
            chosen = self.parts.aggregations[0]
        own = activations(names=tuple(self.parts.activations))
        is_linear = not {"identity", "linear"}.isdisjoint(self.parts.activations)
        # Without an activation it would be the identity, which may not be asked for.
        activation = self.often(None, own, times=1) if is_linear else self.draw(own)
        return {"aggregation": chosen, "activation": activation}

    def group(self) -> Any:
        """Mostly none."""
        chosen = st.sampled_from(list(self.parts.groups)) if self.parts.groups else st.none()
        return self.often(None, chosen, times=4)

    def layer(self, size: int) -> Layer:
        """Neurons by name, with sources in inputs and earlier layers."""
        # A layer may have a neuron's name, but the test of that is worth no confusion here.
        name, functions = self.name(), self.functions()
        neurons = tuple([self.neuron(functions) for _ in range(size)])
        self._remember(name, [neuron.name for neuron in neurons])
        return Layer(
            name=name, neurons=neurons, bias=self.often(None, numbers()), group=self.group(),
            **functions, **self.texts("description"),
        )  # fmt: skip

    def _remember(self, layer: str, neurons: list[str]) -> None:
        self.units.extend(neurons)
        self.neurons.extend(neurons)
        self.columns[layer] = neurons

    def neuron(self, defaults: Mapping[str, Any]) -> Neuron:
        """One neuron of a layer with these defaults."""
        own = self.functions()
        used = own["activation"] or defaults["activation"]
        aggregation = own["aggregation"] or defaults["aggregation"] or "sum"
        sources = st.lists(
            st.sampled_from(self.units), unique=True, min_size=1, max_size=self.parts.max_synapses
        )
        weights = WEIGHTS_OF_PRODUCT if aggregation == "product" else numbers()
        return Neuron(
            self.name(),
            [Synapse(source, self.weight(weights)) for source in self.draw(sources)],
            bias=self.bias(used),
            range=self.often((None, None), numbers().map(lambda low: (low, low + 1)), times=6),
            **own,
            **self.texts("unit", "title", "description"),
        )

    def weight(self, weights: st.SearchStrategy[float]) -> Any:
        """A number, or sometimes a parameter's name."""
        parameters = st.sampled_from(self.parameters) if self.parameters else weights
        return self.often(None, parameters, times=5) or self.draw(weights)

    def bias(self, activation: Activation | None) -> Any:
        """Mostly none, but one that lifts z above 0 where the activation wants that."""
        if activation is not None and wants_positive_z(activation):
            return 20 + self.draw(numbers())
        return self.often(None, numbers() | st.just(-0.0), times=1)

    def bulk_layer(self, size: int) -> BulkLayer:
        """A layer given by matrices, over inputs and earlier layers."""
        name, functions = self.name(), self.functions()
        sources = self.draw(
            st.lists(st.sampled_from(list(self.columns)), unique=True, min_size=1, max_size=2)
        )
        n_columns = sum(len(self.columns[source]) for source in sources)
        is_product = functions["aggregation"] == "product"
        weights = WEIGHTS_OF_PRODUCT if is_product else numbers()
        self._remember(name, [f"{name}.{i}" for i in range(size)])
        return BulkLayer(
            name=name, size=size, sources=tuple(sources),
            weights=self.draw(matrices(size, n_columns, weights)),
            bias=self.draw(
                st.none() | numbers() | st.tuples(*[numbers() for _ in range(size)])
                | (st.sampled_from(self.parameters) if self.parameters else st.none())
            ),
            group=self.group(), **functions, **self.texts("description"),
        )  # fmt: skip
