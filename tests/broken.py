"""Hypothesis strategies for what authors get wrong: broken documents, and flawed models."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from typing import Any

from hypothesis import strategies as st
from strategies import network_specs

from nnspec.spec.model import (
    Activation,
    AnyLayer,
    BulkLayer,
    DenseWeights,
    Example,
    FileWeights,
    Independent,
    Layer,
    Linear,
    Monotone,
    NetworkSpec,
    Neuron,
    Ordered,
    Property,
    SparseWeights,
    Synapse,
    Then,
    Transform,
)
from nnspec.spec.writing import to_data

Draw = Callable[[st.SearchStrategy[Any]], Any]

STRANGE = (
    "010", "0x10", "0b1", "1_000", "1,000", "1:30", "2024-01-01", ".nan", "-.inf", "1e400",
    "1e-400", "5e-324", "1.7976931348623157e+308", "-0.0", "99999999999999999999",
    "9007199254740993", "1" * 400, "null", "~", "", "true", "no", "'1'", '"a\\nb"', '"\\u0000"',
    "''", "<<", "*a", "&a 1", "&b [*b]", "!!int 1", "!x y", "- 1", "[", "}", "{a: b", "a: b",
    "# c", "@", "\t", "é", "a.b", "x.0", "'", "L" * 129, "1e9", "1000000000", "-1", "0", "0.5",
    "[]", "{}", "[[]]", "[null, null]", "[1, 0]",
)  # fmt: skip
"""Scalars, and pieces of YAML, that have broken some reader of YAML or of numbers."""


@dataclass
class Raw:
    """YAML to be written as it is."""

    text: str


@dataclass
class Map:
    """A mapping whose keys may repeat."""

    pairs: list[tuple[Any, Any]]


def as_tree(data: Any) -> Any:
    """Plain data with its mappings as :class:`Map`."""
    if isinstance(data, dict):
        return Map([(key, as_tree(value)) for key, value in data.items()])
    return [as_tree(item) for item in data] if isinstance(data, list) else data


def render_tree(node: Any, *, flow_from: int = 3, depth: int = 0) -> str:
    """A tree as YAML: block style down to a depth, flow style from there, all text quoted."""
    if isinstance(node, Raw):
        return node.text
    if isinstance(node, Map | list):
        items = node.pairs if isinstance(node, Map) else node
        if depth >= flow_from or not items:
            return _render_flow(node)
        return _render_block(node, flow_from, depth)
    if isinstance(node, str):
        safe = "".join(
            c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in node
        )
        return f'"{safe}"'
    return {True: "true", False: "false", None: "null"}[node] if _is_constant(node) else repr(node)


def _escaped(character: str) -> str:
    if character.isprintable() and character not in '"\\':
        return character
    return f"\\U{ord(character):08x}"


def _is_constant(node: Any) -> bool:
    return node is None or isinstance(node, bool)


def _render_flow(node: Any) -> str:
    if isinstance(node, Map):
        entries = [f"{render_tree(k)}: {render_tree(v, flow_from=0)}" for k, v in node.pairs]
        return "{" + ", ".join(entries) + "}"
    return "[" + ", ".join(render_tree(item, flow_from=0) for item in node) + "]"


def _render_block(node: Any, flow_from: int, depth: int) -> str:
    indent = "  " * depth
    is_map = isinstance(node, Map)
    entries = node.pairs if is_map else [(None, item) for item in node]
    lines = []
    for key, value in entries:
        text = render_tree(value, flow_from=flow_from, depth=depth + 1)
        head = f"{indent}{render_tree(key)}:" if is_map else f"{indent}-"
        lines.append(f"{head}{text}" if text.startswith("\n") else f"{head} {text}")
    return ("\n" if depth else "") + "\n".join(lines)


@st.composite
def mutated_documents(
    draw: Draw, *, min_mutations: int = 1, max_mutations: int = 3, **knobs: Any
) -> str:
    """The YAML of a valid spec in which a few things were changed at random.

    Parameters
    ----------
    min_mutations, max_mutations
        How many changes.
    **knobs
        As for :func:`network_specs`.
    """
    spec = draw(network_specs(**{"max_layers": 2, "max_neurons": 2, "decorated": True, **knobs}))
    tree = as_tree(to_data(spec))
    for _ in range(draw(st.integers(min_mutations, max_mutations))):
        _mutate(draw, tree)
    return render_tree(tree, flow_from=draw(st.integers(0, 5)))


def _places(tree: Any) -> list[tuple[list[Any], int]]:
    """Every list of entries with each index in it."""
    found, stack = [], [tree]
    while stack:
        node = stack.pop()
        entries = node.pairs if isinstance(node, Map) else node if isinstance(node, list) else []
        found.extend((entries, i) for i in range(len(entries)))
        stack.extend(entry[1] if isinstance(entry, tuple) else entry for entry in entries)
    return found


def _mutate(draw: Draw, tree: Any) -> None:
    places = _places(tree)
    if not places:
        return
    entries, at = draw(st.sampled_from(places))
    other, there = draw(st.sampled_from(places))
    entry = entries[at]
    key, value = entry if isinstance(entry, tuple) else (None, entry)
    strange = Raw(draw(st.sampled_from(STRANGE)))
    borrowed = deepcopy(other[there][1] if isinstance(other[there], tuple) else other[there])
    match draw(st.sampled_from(["strange", "delete", "twice", "key", "typo", "borrow", "wrap"])):
        case "delete":
            del entries[at]
            return
        case "twice":
            entries.insert(at, deepcopy(entry))
            return
        case "key" if key is not None:
            names = [e[i][0] for e, i in places if isinstance(e[i], tuple)]
            key = draw(st.sampled_from([strange, *names]))
        case "typo" if isinstance(key, str):
            cut = draw(st.integers(0, len(key)))
            key = key[:cut] + draw(st.sampled_from(["", "x", "-", ".", "\n", "é"])) + key[cut + 1 :]
        case "borrow":
            value = borrowed
        case "wrap":
            value = draw(st.sampled_from([[value], [], Map([("x", value)]), [value, value]]))
        case _:
            value = strange
    entries[at] = value if not isinstance(entry, tuple) else (key, value)


@st.composite
def flawed_specs(draw: Draw, *, part: str) -> NetworkSpec:
    """Specs built in Python with a flaw in one part, of those that YAML can say and rules find.

    What only the schema finds (an empty claim, an unknown direction) is not among them. Sometimes
    there is a flaw in another part too.
    """
    spec = draw(network_specs(max_layers=2, max_neurons=3, decorated=True))
    spec = FLAWS[part](draw, spec)
    other = draw(st.sampled_from([None, None, *FLAWS]))
    return spec if other is None else FLAWS[other](draw, spec)


def _flawed_input(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    at = draw(st.integers(0, len(spec.inputs) - 1))
    changes: list[dict[str, Any]] = [
        {"range": (2, 1)},
        {"range": (0.5, 1)},
        {"type": "category", "categories": ("a", "a ", "a")},
        {"transforms": (Transform("clip", (None, None)),)},
        {"missing": 1e6},
        {"missing": "nothing"},
        {"missing": True},
        {"transforms": (Transform("rescale", (1, 1, 0, 1)),)},
        {"transforms": (Transform("standardize", (0, -1)), Transform("log"))},
        {"transforms": (Transform("clip", (2, 1)),)},
        {"transforms": (Transform("clip", (-1, 1)), Transform("sqrt"))},
        {"name": draw(st.sampled_from(["a b", "é", "a\n", "L" * 129, "9"]))},
        *({"name": name} for layer in spec.layers for name in (layer.name, *layer.neuron_names)),
    ]
    inputs = list(spec.inputs)
    inputs[at] = replace(inputs[at], **draw(st.sampled_from(changes)))
    return replace(spec, inputs=tuple(inputs))


def _flawed_neuron(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    named = [i for i, layer in enumerate(spec.layers) if isinstance(layer, Layer) and layer.neurons]
    if not named:
        return spec
    index = draw(st.sampled_from(named))
    layer = spec.layers[index]
    at = draw(st.integers(0, len(layer.neurons) - 1))
    neuron = layer.neurons[at]
    later = st.sampled_from([name for each in spec.layers for name in each.neuron_names] or ["?"])
    wrong_source = draw(st.sampled_from(["nothing", "x.1", "x.", "", *spec.parameters]) | later)
    changes: list[dict[str, Any]] = [
        {"synapses": ()},
        {"synapses": {wrong_source: 1}},
        {"synapses": (*neuron.synapses[1:], Synapse(wrong_source, 0.5))},
        {"synapses": {spec.inputs[0].name: "nothing"}},
        {"bias": "nothing"},
        {"activation": "rely"},
        {"activation": Activation("clip", {"low": 2, "high": 1})},
        {"activation": Activation("relu", {"slope": 1})},
        {"aggregation": "total"},
        {"range": (2, 1)},
        {"name": spec.inputs[-1].name},
        {"name": draw(st.sampled_from(["a b", "é", "a.1", "L" * 129, "-"]))},
    ]
    neurons = list(layer.neurons)
    neurons[at] = replace_neuron(neuron, **draw(st.sampled_from(changes)))
    return _with_layer(spec, index, replace(layer, neurons=tuple(neurons)))


def _flawed_layer(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    if not spec.layers:
        return spec
    index = draw(st.integers(0, len(spec.layers) - 1))
    layer = spec.layers[index]
    changes: list[dict[str, Any]] = [
        {"group": "softmin"},
        {"aggregation": "avg"},
        {"activation": "sofplus"},
        {"bias": "nothing"},
        {"name": spec.layers[0].name + " "},
        {"name": spec.inputs[0].name},
    ]
    if isinstance(layer, Layer):
        changes.append({"neurons": ()})
    return _with_layer(spec, index, replace(layer, **draw(st.sampled_from(changes))))


def _flawed_bulk(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    bulk = [i for i, layer in enumerate(spec.layers) if isinstance(layer, BulkLayer)]
    if not bulk:
        row = tuple([1.0 for _ in spec.inputs[0].units])
        own = BulkLayer("bulk", 2, (spec.inputs[0].name,), DenseWeights((row, row)))
        spec, bulk = replace(spec, layers=(*spec.layers, own)), [len(spec.layers)]
    index = draw(st.sampled_from(bulk))
    layer = spec.layers[index]
    changes: list[dict[str, Any]] = [
        {"size": layer.size + 1},
        {"weights": SparseWeights(((-1, 0, 1.0),))},
        {"weights": SparseWeights(((0, 99, 1.0),))},
        {"weights": SparseWeights(((0, 0, 1.0), (0, 0, 2.0)))},
        {"weights": SparseWeights(())},
        {"weights": FileWeights("../w.npy")},
        {"weights": DenseWeights(())},
        {"bias": ()},
        {"bias": (1.0,) * (layer.size + 1)},
        {"sources": ("nothing",)},
        {"sources": layer.sources[:1] * 2},
    ]
    if isinstance(layer.weights, DenseWeights):
        rows = layer.weights.rows
        changes += [
            {"weights": DenseWeights(rows[1:])},
            {"weights": DenseWeights((*rows, *rows[:1]))},
            {"weights": DenseWeights(tuple([row[1:] for row in rows]))},
        ]
    return _with_layer(spec, index, replace(layer, **draw(st.sampled_from(changes))))


def _with_layer(spec: NetworkSpec, index: int, layer: AnyLayer) -> NetworkSpec:
    return replace(spec, layers=(*spec.layers[:index], layer, *spec.layers[index + 1 :]))


def _flawed_top(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    neuron = (spec.layers[-1].neuron_names[-1:] if spec.layers else ()) or ("nothing",)
    changes: list[dict[str, Any]] = [
        {"outputs": ("nothing",)},
        {"outputs": ()},
        {"outputs": neuron * 2},
        {"outputs": (spec.inputs[0].name,)},
        {"layers": ()},
        {"layers": tuple(reversed(spec.layers))},
        {"layers": (*spec.layers, *spec.layers[:1])},
        {"name": "two words"},
        {"parameters": {spec.inputs[0].name: 1.0}},
        {"examples": (Example({}, {"nothing": 1}),)},
        {"examples": (Example({"nothing": 1}, {neuron[0]: (2, 1)}),)},
        {"properties": (Property(Then({"nothing": 1})),)},
        {"properties": (Property(Linear(("2 * (a + b) >= 1",))),)},
        {"properties": (Property(Ordered(((neuron[0], neuron[0]),))),)},
        {"authors": ("", "")},
        {"properties": (Property(Independent({neuron[0]: ("nothing",)})),)},
        {"properties": (Property(Monotone({neuron[0]: {"nothing": "increasing"}})),)},
    ]
    return replace(spec, **draw(st.sampled_from(changes)))


FLAWS: dict[str, Callable[[Draw, NetworkSpec], NetworkSpec]] = {
    "neuron": _flawed_neuron,
    "layer": _flawed_layer,
    "bulk": _flawed_bulk,
    "input": _flawed_input,
    "top": _flawed_top,
}
"""What puts a flaw into each part of a spec."""


def replace_neuron(neuron: Neuron, **changes: Any) -> Neuron:
    """A neuron with some of its fields changed."""
    return Neuron(**{**{f.name: getattr(neuron, f.name) for f in fields(neuron)}, **changes})
