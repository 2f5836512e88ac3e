"""Hypothesis strategies for networks, tables and broken documents: the tests' only generators.

Bounds are keyword-only. Everything shrinks: toward one layer, one neuron, one synapse, weight 1,
short plain names, no texts and no claims.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from nnspec.activations import ACTIVATIONS, ALIASES
from nnspec.aggregations import AGGREGATIONS
from nnspec.building import FORBIDDEN
from nnspec.groups import GROUPS
from nnspec.model import (
    Activation,
    AnyLayer,
    BulkLayer,
    Claim,
    DenseWeights,
    Example,
    Independent,
    Input,
    Interval,
    Layer,
    Linear,
    Lipschitz,
    Monotone,
    NetworkSpec,
    Neuron,
    Ordered,
    Property,
    SparseWeights,
    Synapse,
    Then,
    Transform,
    Value,
    category_text,
)
from nnspec.transforms import TRANSFORMS

Draw = Callable[[st.SearchStrategy[Any]], Any]

# -- what a network may be made of ----------------------------------------------------------------

EVERY_ACTIVATION = (*ACTIVATIONS, *ALIASES)

PIECEWISE_LINEAR = tuple(name for name, record in ACTIVATIONS.items() if record.piecewise_linear)

EXACT: dict[str, Any] = {
    "activations": (*PIECEWISE_LINEAR, "square", "cube", "sqrt", "reciprocal", "softsign"),
    "aggregations": tuple(name for name in AGGREGATIONS if name != "product"),
    "groups": ("normalize", "winner"),
    "transforms": ("standardize", "rescale", "clip", "sqrt"),
}
"""Networks made of operations that IEEE 754 rounds correctly: every evaluator's bits are the same.
"""

CONTINUOUS: dict[str, Any] = {
    "activations": (
        "identity", "relu", "sigmoid", "tanh", "abs", "sin", "cos", "gaussian", "softplus",
        "softsign", "hard-sigmoid", "hard-tanh", "relu6", "leaky-relu", "elu", "selu", "celu",
        "gelu", "gelu-tanh", "silu", "mish", "clip", "piecewise",
    ),
    "aggregations": tuple(name for name in AGGREGATIONS if name != "product"),
    "groups": ("softmax",),
    "transforms": ("standardize", "rescale", "clip"),
}  # fmt: skip
"""Networks whose every neuron has a Lipschitz constant, so that errors grow by known factors."""

SUMS: dict[str, Any] = {"aggregations": ("sum",)}
"""Networks of weighted sums."""

POSITIVE_Z = {"log", "sqrt", "power", "reciprocal"}
"""Activations that want a z above 0: their neurons are mostly given a bias that sees to it."""

# Plain names first, toward which examples shrink; then those that YAML, Python, SQL or a careless
# reader might take for something else.
NAMES = (
    *"abcdefghijklmpqrstuvwxz",
    "A", "B", "a-b", "a_b", "a1", "a10", "a2", "_", "_0", "no", "on", "y", "n", "null", "true",
    "False", "yes", "nan", "inf", "e1", "x-ray", "sum", "neurons", "inputs", "NO", "__proto__",
    "None", "size", "Z-", "L" * 128,
)  # fmt: skip

CATEGORIES: tuple[Value, ...] = (
    "good", "fair", "poor", "very good", True, False, 1, 2, 3, -1, "no", "null", "010", "1:30",
    "é", "日本", "a.b", "x: y", "#1", "it's", '"', "1e3", "~", "-", "=cmd()",
)  # fmt: skip

_TEXT_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn")) | st.sampled_from(
    "\n\t\x85:#'\"\\{}[],&*!|>%@` -"
)


@cache
def texts() -> st.SearchStrategy[str]:
    """Any text that may stand in a spec for people to read."""
    tricky = st.sampled_from(["", "no", "010", "1e3", "null", " a ", "a: b", "# a", "- a", "<<"])
    free = st.text(_TEXT_CHARACTERS, max_size=8).filter(lambda t: not FORBIDDEN.search(t))
    return st.just("text") | tricky | free


@cache
def numbers(*, least: float = -4.0, most: float = 4.0) -> st.SearchStrategy[float]:
    """Moderate numbers, 1 the simplest; with mantissas of all lengths."""
    whole = st.integers(math.ceil(least), math.floor(most))
    short = st.builds(lambda i: i / 8, st.integers(math.ceil(least * 8), math.floor(most * 8)))
    simplest = [st.just(1.0)] if least <= 1 <= most else []
    return st.one_of(*simplest, whole, short, st.floats(least, most))


@cache
def extensions() -> st.SearchStrategy[dict[str, Any]]:
    """Keys of the author's own, with any data."""
    leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | texts()
    data = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts(), inner,
        max_size=2), max_leaves=4,
    )  # fmt: skip
    keys = st.sampled_from(["x-a", "x-", "x-note", "x-010"])
    return st.dictionaries(keys, data, min_size=1, max_size=2)


@cache
def activations(*, names: tuple[str, ...] = EVERY_ACTIVATION) -> st.SearchStrategy[Activation]:
    """Uses of activation functions, with their parameters, given or left to their defaults."""
    return st.sampled_from(list(names)).flatmap(_parametrised)


@cache
def _parametrised(name: str) -> st.SearchStrategy[Activation]:
    match ALIASES.get(name, name):
        case "leaky-relu":
            given = st.fixed_dictionaries({}, optional={"slope": numbers(least=-1, most=1)})
        case "elu":
            given = st.fixed_dictionaries({}, optional={"alpha": numbers(least=-1, most=1)})
        case "celu":
            given = st.fixed_dictionaries({}, optional={"alpha": numbers(least=0.25, most=2)})
        case "clip":
            given = st.tuples(numbers(least=-4, most=1), numbers(least=1, most=4)).map(
                lambda ends: {"low": ends[0], "high": ends[1]}
            )
        case "power":
            exponents = st.sampled_from([1, 2, 3, 0.5, -1, 0, 2.5, -2, 1 / 3])
            given = st.fixed_dictionaries({"exponent": exponents})
        case "piecewise":
            places = st.lists(st.integers(-8, 8), unique=True, min_size=2, max_size=4).map(sorted)
            given = places.flatmap(
                lambda xs: st.tuples(*[numbers() for _ in xs]).map(
                    lambda ys: {"knots": tuple((x / 2, y) for x, y in zip(xs, ys, strict=True))}
                )
            )
        case _:
            return st.just(Activation(name))
    return given.map(lambda parameters: Activation(name, parameters))


# -- networks -------------------------------------------------------------------------------------


@st.composite
def network_specs(
    draw: Draw,
    *,
    max_inputs: int = 3,
    max_layers: int = 3,
    max_neurons: int = 4,
    max_synapses: int = 4,
    activations: Sequence[str] = EVERY_ACTIVATION,
    aggregations: Sequence[str] = tuple(AGGREGATIONS),
    groups: Sequence[str] = tuple(GROUPS),
    transforms: Sequence[str] = tuple(TRANSFORMS),
    bulk: bool = True,
    decorated: bool = False,
) -> NetworkSpec:
    """Specs without errors.

    Parameters
    ----------
    max_inputs, max_layers, max_neurons, max_synapses
        How large: neurons are counted for each layer, synapses for each neuron.
    activations, aggregations, groups, transforms
        Names of what may be used; see EXACT, CONTINUOUS and SUMS.
    bulk
        Whether layers may be given by matrices.
    decorated
        Whether there may be texts, extensions, examples and properties, which change no value.
    """
    builder = _Builder(draw, decorated=decorated, max_synapses=max_synapses)
    builder.activations, builder.aggregations = activations, aggregations
    builder.groups, builder.transforms = groups, transforms
    inputs = tuple(builder.input() for _ in range(draw(st.integers(1, max_inputs))))
    parameters = {builder.name(): draw(numbers()) for _ in range(draw(st.integers(0, 2)))}
    builder.parameters = list(parameters)
    layers: list[AnyLayer] = []
    for _ in range(draw(st.integers(1, max_layers))):
        is_bulk = bulk and draw(st.sampled_from([False, False, True]))
        size = draw(st.integers(1, max_neurons))
        layers.append(builder.bulk_layer(size) if is_bulk else builder.layer(size))
    return NetworkSpec(
        name=draw(st.sampled_from(NAMES)),
        inputs=inputs,
        layers=tuple(layers),
        parameters=parameters,
        outputs=builder.outputs(),
        **builder.claims(inputs),
        **builder.texts("title", "description", "version", "license", "source"),
        authors=tuple(draw(st.lists(texts(), max_size=2))) if decorated else (),
    )


class _Builder:
    """Draws a spec part by part, and remembers what there is to be named."""

    def __init__(self, draw: Draw, *, decorated: bool, max_synapses: int) -> None:
        self.draw = draw
        self.decorated = decorated
        self.max_synapses = max_synapses
        self.activations: Sequence[str] = ()
        self.aggregations: Sequence[str] = ()
        self.groups: Sequence[str] = ()
        self.transforms: Sequence[str] = ()
        self.parameters: list[str] = []
        self.free = list(NAMES)
        self.units: list[str] = []
        self.neurons: list[str] = []
        self.columns: dict[str, list[str]] = {}

    def often(self, value: Any, otherwise: st.SearchStrategy[Any], *, times: int = 3) -> Any:
        """Mostly one value, toward which it shrinks."""
        others = self.draw(st.integers(0, times))
        return value if others < times else self.draw(otherwise)

    def name(self) -> str:
        name: str = self.draw(st.sampled_from(self.free))
        self.free.remove(name)
        return name

    def texts(self, *keys: str) -> dict[str, Any]:
        """Texts under some of the keys, and extensions."""
        if not self.decorated:
            return {}
        found = {key: self.often(None, texts(), times=4) for key in keys}
        return {**found, "extensions": self.often({}, extensions(), times=6)}

    # -- inputs ---------------------------------------------------------------------------------

    def input(self) -> Input:
        name = self.name()
        kind = self.draw(st.sampled_from(["number", "number", "integer", "boolean", "category"]))
        facts: dict[str, Any] = {"name": name, "type": kind}
        if kind == "category":
            several = st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=3, unique_by=_cell)
            facts["categories"] = tuple(self.draw(several))
        elif kind != "boolean":
            facts["range"] = self.range(whole=kind == "integer")
        facts["column"] = self.often(None, texts().filter(lambda t: t != ""))
        item = Input(**facts)
        steps = () if kind == "category" else self.steps(declared_range(item))
        stand_in = self.often(None, values(item))
        found = Input(
            **facts, transforms=steps, missing=stand_in, **self.texts("unit", "title",
            "description"),
        )  # fmt: skip
        self.units.extend(found.units)
        self.columns[name] = list(found.units)
        return found

    def range(self, *, whole: bool) -> Interval:
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
            legal = [kind for kind in self.transforms if _is_defined(kind, bounds)]
            if not legal:
                break
            kind = self.draw(st.sampled_from(legal))
            parameters = self.draw(_STEP_PARAMETERS.get(kind, st.just(())))
            steps.append(Transform(kind, parameters))
            bounds = TRANSFORMS[kind].image(bounds, *parameters)
        return tuple(steps)

    # -- layers ---------------------------------------------------------------------------------

    def functions(self) -> dict[str, Any]:
        """A layer's defaults for its neurons."""
        chosen = self.often(None, st.sampled_from(list(self.aggregations)), times=2)
        if chosen is None and "sum" not in self.aggregations:
            chosen = self.aggregations[0]
        return {
            "aggregation": chosen,
            "activation": self.often(None, activations(names=self.activations), times=1),
        }

    def group(self) -> str | None:
        chosen = st.sampled_from(list(self.groups)) if self.groups else st.none()
        return self.often(None, chosen, times=4)

    def layer_name(self) -> str:
        # A layer may have a neuron's name, but the test of that is worth no confusion here.
        return self.name()

    def layer(self, size: int) -> Layer:
        name, functions = self.layer_name(), self.functions()
        neurons = tuple([self.neuron(functions) for _ in range(size)])
        self.remember(name, [neuron.name for neuron in neurons])
        return Layer(
            name=name, neurons=neurons, bias=self.often(None, numbers()), group=self.group(),
            **functions, **self.texts("description"),
        )  # fmt: skip

    def remember(self, layer: str, neurons: list[str]) -> None:
        self.units.extend(neurons)
        self.neurons.extend(neurons)
        self.columns[layer] = neurons

    def neuron(self, defaults: Mapping[str, Any]) -> Neuron:
        own = self.functions()
        used = own["activation"] or defaults["activation"]
        aggregation = own["aggregation"] or defaults["aggregation"] or "sum"
        sources = st.lists(
            st.sampled_from(self.units), unique=True, min_size=1, max_size=self.max_synapses
        )
        weights = _WEIGHTS_OF_PRODUCT if aggregation == "product" else numbers()
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
        if activation is not None and activation.name in POSITIVE_Z:
            return 20 + self.draw(numbers())
        return self.often(None, numbers() | st.just(-0.0), times=1)

    def bulk_layer(self, size: int) -> BulkLayer:
        name, functions = self.layer_name(), self.functions()
        sources = self.draw(
            st.lists(st.sampled_from(list(self.columns)), unique=True, min_size=1, max_size=2)
        )
        n_columns = sum(len(self.columns[source]) for source in sources)
        is_product = functions["aggregation"] == "product"
        weights = _WEIGHTS_OF_PRODUCT if is_product else numbers()
        self.remember(name, [f"{name}.{i}" for i in range(size)])
        return BulkLayer(
            name=name, size=size, sources=tuple(sources),
            weights=self.draw(_matrices(size, n_columns, weights)),
            bias=self.draw(
                st.none() | numbers() | st.tuples(*[numbers() for _ in range(size)])
                | (st.sampled_from(self.parameters) if self.parameters else st.none())
            ),
            group=self.group(), **functions, **self.texts("description"),
        )  # fmt: skip

    # -- what is said of the network --------------------------------------------------------------

    def outputs(self) -> tuple[str, ...] | None:
        some = st.lists(st.sampled_from(self.neurons), unique=True, min_size=1, max_size=3)
        listed = self.often(None, some)
        return None if listed is None else tuple(listed)

    def claims(self, inputs: Sequence[Input]) -> dict[str, Any]:
        """Examples and properties, true or not."""
        if not self.decorated:
            return {}
        names = [f"claim {i}" for i in range(4)]
        given = st.fixed_dictionaries({item.name: values(item) for item in inputs})
        expect = st.dictionaries(st.sampled_from(self.neurons), _bounds(), min_size=1, max_size=2)
        examples = [
            Example(
                self.draw(given), self.draw(expect), self.often(None, st.just(names.pop())),
                self.often(None, numbers(least=0)), self.often({}, extensions()),
            )
            for _ in range(self.draw(st.integers(0, 1)))
        ]  # fmt: skip
        properties = [
            Property(
                self.draw(_claims(self.neurons, inputs)), self.often(None, st.just(names.pop())),
                self.draw(_limits(inputs)), **self.texts("description"),
            )
            for _ in range(self.draw(st.integers(0, 2)))
        ]  # fmt: skip
        return {"examples": tuple(examples), "properties": tuple(properties)}


_WEIGHTS_OF_PRODUCT = st.sampled_from([1.0, 2, 0, -1, 3, 0.5, -2, 1 / 3])

_STEP_PARAMETERS: dict[str, st.SearchStrategy[tuple[float | None, ...]]] = {
    "standardize": st.tuples(numbers(), numbers(least=0.25, most=4)),
    "rescale": st.tuples(
        numbers(least=-4, most=0.5), numbers(least=1, most=4), numbers(), numbers()
    ),
    "clip": st.tuples(st.none() | numbers(most=1), st.none() | numbers(least=1)),
}


def _cell(value: Value) -> str:
    return category_text(value)


def _is_defined(kind: str, bounds: tuple[float, float]) -> bool:
    floor, is_open = TRANSFORMS[kind].domain
    return bounds[0] > floor or (bounds[0] == floor and not is_open) or floor == -math.inf


def _matrices(
    size: int, n_columns: int, weights: st.SearchStrategy[float]
) -> st.SearchStrategy[DenseWeights | SparseWeights]:
    """Weight matrices; a sparse one lists at least one entry in each row."""
    row = st.tuples(*[weights for _ in range(n_columns)])
    dense = st.tuples(*[row for _ in range(size)]).map(DenseWeights)
    columns = st.lists(st.integers(0, n_columns - 1), unique=True, min_size=1)
    rows = st.tuples(
        *[columns.flatmap(lambda js: st.tuples(*[st.tuples(st.just(j), weights) for j in js]))
          for _ in range(size)]
    )  # fmt: skip
    sparse = rows.map(
        lambda found: SparseWeights(
            tuple([(i, j, w) for i, entries in enumerate(found) for j, w in entries])
        )
    )
    return dense | sparse


@cache
def _bounds() -> st.SearchStrategy[Any]:
    """A number, or an interval that is not empty."""
    pairs = st.tuples(numbers(), numbers()).map(lambda pair: tuple(sorted(pair)))
    return numbers() | pairs | numbers().map(lambda n: (n, None)) | st.just((None, 1.0))


def _claims(neurons: Sequence[str], inputs: Sequence[Input]) -> st.SearchStrategy[Claim]:
    neuron = st.sampled_from(list(neurons))
    ordered = [item.name for item in inputs if item.type != "category"]
    given = st.sampled_from([item.name for item in inputs])
    several = st.lists(given, unique=True, min_size=1, max_size=2).map(tuple)
    found: list[st.SearchStrategy[Claim]] = [
        st.dictionaries(neuron, _bounds(), min_size=1, max_size=2).map(Then),
        st.dictionaries(neuron, several, min_size=1, max_size=1).map(Independent),
        st.lists(st.tuples(neuron, neuron), min_size=1, max_size=2).map(tuple).map(Ordered),
        neuron.map(lambda name: Linear((f"2*{name} + 1 >= 0.5", f"{name} <= 1e6"))),
    ]
    if ordered:
        word = st.sampled_from(["increasing", "decreasing"])
        bound = numbers(least=0)
        for make, value in ((Monotone, word), (Lipschitz, bound)):
            inner = st.dictionaries(st.sampled_from(ordered), value, min_size=1, max_size=1)
            found.append(st.dictionaries(neuron, inner, min_size=1, max_size=1).map(make))
    return st.one_of(found)


def _limits(inputs: Sequence[Input]) -> st.SearchStrategy[dict[str, Any]]:
    """What a property's ``when`` may say of the inputs."""
    return st.fixed_dictionaries({}, optional={item.name: _limit(item) for item in inputs})


def _limit(item: Input) -> st.SearchStrategy[Any]:
    if item.type == "category":
        return st.lists(st.sampled_from(item.categories), min_size=1, unique_by=_cell).map(tuple)
    ends = st.tuples(values(item), values(item)).map(sorted).map(tuple)
    return ends | values(item).map(lambda low: (low, None))


# -- tables ---------------------------------------------------------------------------------------


def declared_range(item: Input) -> tuple[float, float]:
    """The interval in which rows are drawn, infinite where a side is open."""
    if item.type == "boolean":
        return 0.0, 1.0
    low, high = item.range
    return -math.inf if low is None else low, math.inf if high is None else high


def values(item: Input) -> st.SearchStrategy[Any]:
    """Values that an input may take, in the table's own units."""
    if item.type == "category":
        return st.sampled_from(item.categories)
    low, high = _drawn_range(item)
    if item.type == "boolean":
        return st.booleans()
    if item.type == "integer":
        return st.integers(int(low), int(high))
    return st.just(low) | st.just(high) | st.floats(low, high)


def _drawn_range(item: Input) -> tuple[float, float]:
    low, high = declared_range(item)
    if math.isinf(low):
        low = min(-8.0, high - 8) if math.isfinite(high) else -8.0
    return low, low + 16 if math.isinf(high) else high


def rows(spec: NetworkSpec, *, omit: bool = False) -> st.SearchStrategy[dict[str, Value]]:
    """One row, by input; with ``omit``, inputs that have a stand-in may be left out."""
    needed = [i for i in spec.inputs if i.missing is None or not omit]
    optional = [i for i in spec.inputs if i not in needed]
    return st.fixed_dictionaries(
        {item.name: values(item) for item in needed},
        optional={item.name: values(item) for item in optional},
    )


@st.composite
def tables(
    draw: Draw, spec: NetworkSpec, *, min_rows: int = 1, max_rows: int = 40
) -> dict[str, np.ndarray]:
    """Columns by input, in the table's own units; categories as their texts.

    The first rows are chosen to be awkward, the rest at random with full mantissas.
    """
    chosen = draw(st.lists(rows(spec), min_size=min(min_rows, 1), max_size=3))[:max_rows]
    more = draw(st.integers(max(0, min_rows - len(chosen)), max_rows - len(chosen)))
    rest = random_table(spec, more, np.random.default_rng(draw(st.integers(0, 2**32 - 1))))
    return {
        item.name: np.concatenate([_column(item, [r[item.name] for r in chosen]), rest[item.name]])
        for item in spec.inputs
    }


def random_table(spec: NetworkSpec, n_rows: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Rows at random within the declared ranges, as :func:`tables` gives them."""
    return {item.name: _random_column(item, n_rows, rng) for item in spec.inputs}


def _column(item: Input, cells: Sequence[Value]) -> np.ndarray:
    if item.type == "category":
        return np.array([category_text(cell) for cell in cells], dtype=object)
    return np.array([float(cell) for cell in cells])


def _random_column(item: Input, n_rows: int, rng: np.random.Generator) -> np.ndarray:
    if item.type == "category":
        texts_ = [category_text(value) for value in item.categories]
        return np.array([texts_[i] for i in rng.integers(0, len(texts_), n_rows)], dtype=object)
    low, high = _drawn_range(item)
    if item.type in ("integer", "boolean"):
        return rng.integers(int(low), int(high) + 1, n_rows).astype(np.float64)
    return np.minimum(low + rng.random(n_rows) * (high - low), high)
