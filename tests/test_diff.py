"""What differs between two specs: each law is stated by its test's docstring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import network_specs, numbers

from nnspec.comparing import Difference, WeightMove, WeightMoves, compare, match
from nnspec.comparing.structure.matching import best_pairs
from nnspec.diagnostics import errors
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.loading import parse_spec
from nnspec.spec.model import (
    Activation,
    BulkLayer,
    DenseWeights,
    FileWeights,
    Input,
    Layer,
    NetworkSpec,
    Neuron,
    SparseWeights,
    Synapse,
)
from nnspec.spec.writing import dump
from nnspec.validation import check

Draw = Callable[[st.SearchStrategy[Any]], Any]

NEW = "new-name"

# -- no difference --------------------------------------------------------------------------------


@given(network_specs(decorated=True))
def test_a_spec_does_not_differ_from_itself(spec):
    """compare(a, a) is empty, and so is what a file of a says."""
    assert compare(spec, spec) == ()
    assert compare(spec, parse_spec(dump(spec))) == ()


@st.composite
def reordered(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    """The same network, its maps and lists in another order.

    The neurons of a layer, and the categories of an input, are the columns of a matrix over them,
    in their order, and a group of winners gives a tie to the first of its neurons: these stay.
    """
    bulk = {source for layer in spec.layers if isinstance(layer, BulkLayer)
            for source in layer.sources}  # fmt: skip
    layers = [
        replace(layer, neurons=tuple([
            replace_synapses(neuron, draw(st.permutations(neuron.synapses)))
            for neuron in (layer.neurons if layer.name in bulk or layer.group == "winner"
                           else draw(st.permutations(layer.neurons)))
        ]))
        if isinstance(layer, Layer) else layer
        for layer in spec.layers
    ]  # fmt: skip
    inputs = [
        item if item.name in bulk
        else replace(item, categories=tuple(draw(st.permutations(item.categories))))
        for item in draw(st.permutations(spec.inputs))
    ]  # fmt: skip
    return replace(
        spec,
        inputs=tuple(inputs),
        layers=tuple(layers),
        parameters=dict(draw(st.permutations(list(spec.parameters.items())))),
        examples=tuple(draw(st.permutations(spec.examples))),
        properties=tuple(draw(st.permutations(spec.properties))),
    )


def replace_synapses(neuron: Neuron, synapses: Any) -> Neuron:
    return replace(neuron, synapses=tuple(synapses))


@given(st.data(), network_specs(decorated=True))
def test_order_is_no_difference(data, spec):
    """Inputs, neurons, synapses, categories, parameters and claims may stand in any order."""
    # Without names, only their places tell claims apart.
    other = data.draw(reordered(spec))
    assert compare(spec, other) == ()
    assert compare(other, spec) == ()


@given(st.data(), network_specs(), st.sampled_from([None, *GROUPS]))
def test_an_order_that_has_a_meaning_is_a_difference(data, spec, group):
    """Of two equal neurons the first listed wins: their order is told, of such a group alone."""
    neurons = tuple([Neuron(name, {spec.inputs[0].units[0]: 1.0}) for name in ("d", "e", "f")])
    order = data.draw(st.permutations(neurons))
    old, new = [replace(spec, layers=(*spec.layers, Layer("last", tuple(own), group=group)))
                for own in (neurons, order)]  # fmt: skip
    names = [[neuron.name for neuron in own] for own in (neurons, order)]
    told = [(d.part, d.name, d.aspect, d.old, d.new) for d in compare(old, new)]
    moves = group is not None and GROUPS[group].order == "listed" and names[0] != names[1]
    assert told == ([("layer", "last", "order of neurons", *names)] if moves else [])


def explicit(spec: NetworkSpec) -> NetworkSpec:
    """The same network without layers' defaults, every number a float, aliases as the names."""
    layers = []
    for layer in spec.layers:
        if not isinstance(layer, Layer):
            layers.append(layer)
            continue
        neurons = [
            replace(
                neuron,
                bias=_float(0 if layer.bias is None and neuron.bias is None
                            else layer.bias if neuron.bias is None else neuron.bias),
                activation=neuron.activation or layer.activation or Activation("linear"),
                aggregation=neuron.aggregation or layer.aggregation or "sum",
                synapses=tuple([Synapse(s, _float(w)) for s, w in neuron.synapses]),
            )
            for neuron in layer.neurons
        ]  # fmt: skip
        layers.append(
            replace(layer, neurons=tuple(neurons), bias=None, activation=None, aggregation=None)
        )
    return replace(spec, layers=tuple(layers), outputs=spec.output_names)


def _float(weight: Any) -> Any:
    return weight if isinstance(weight, str) else float(weight)


@given(network_specs())
def test_defaults_spelt_out_are_no_difference(spec):
    """It does not matter where a default stands, how a number is written, or which alias."""
    assert compare(spec, explicit(spec)) == ()


@given(network_specs())
def test_dense_or_sparse_is_no_difference(spec):
    """A matrix may list all of its entries, or those that are synapses only."""
    layers = [_sparse(layer) if isinstance(layer, BulkLayer) else layer for layer in spec.layers]
    assert compare(spec, replace(spec, layers=tuple(layers))) == ()


def _sparse(layer: BulkLayer) -> BulkLayer:
    if not isinstance(layer.weights, DenseWeights):
        return layer
    drop = AGGREGATIONS[layer.aggregation or "sum"].zero_is_absent
    entries = [
        (i, j, w) for i, row in enumerate(layer.weights.rows) for j, w in enumerate(row)
        if w != 0 or not drop
    ]  # fmt: skip
    return replace(layer, weights=SparseWeights(tuple(entries[::-1])))


# -- one difference at a time ---------------------------------------------------------------------

plain_specs = network_specs(bulk=False, max_layers=2)


def replaced(spec: NetworkSpec, name: str, **facts: Any) -> NetworkSpec:
    """The spec with a neuron's facts changed."""
    layers = [
        replace(layer, neurons=tuple([
            replace(neuron, **facts) if neuron.name == name else neuron for neuron in layer.neurons
        ])) if isinstance(layer, Layer) else layer
        for layer in spec.layers
    ]  # fmt: skip
    return replace(spec, layers=tuple(layers))


@st.composite
def specs_with_a_neuron(draw: Draw) -> tuple[NetworkSpec, Neuron]:
    """A spec, and a named neuron of it."""
    spec = draw(plain_specs)
    return spec, draw(st.sampled_from([neuron for _, neuron in spec.neurons()]))


@st.composite
def specs_with_a_synapse(draw: Draw) -> tuple[NetworkSpec, Neuron, Synapse]:
    """A spec, and a synapse whose weight is a number other than 0."""
    spec = draw(plain_specs)
    every = [
        (neuron, synapse) for _, neuron in spec.neurons() for synapse in neuron.synapses
        if not isinstance(synapse.weight, str) and synapse.weight != 0
    ]  # fmt: skip
    assume(every)
    return spec, *draw(st.sampled_from(every))


def with_weight(spec: NetworkSpec, neuron: Neuron, source: str, weight: float) -> NetworkSpec:
    synapses = [(s, weight if s == source else w) for s, w in neuron.synapses]
    return replaced(spec, neuron.name, synapses=tuple([Synapse(*pair) for pair in synapses]))


@given(specs_with_a_synapse())
def test_a_removed_synapse_is_the_one_difference(drawn):
    spec, neuron, synapse = drawn
    rest = tuple([one for one in neuron.synapses if one != synapse])
    other = replaced(spec, neuron.name, synapses=rest)
    assert compare(spec, other) == (
        Difference("neuron", neuron.name, "removed", "synapse", synapse.source, synapse.weight),
    )
    assert compare(other, spec) == (
        Difference(
            "neuron", neuron.name, "added", "synapse", synapse.source, new=synapse.weight
        ),
    )  # fmt: skip


@given(specs_with_a_synapse())
def test_a_flipped_sign_is_the_one_difference(drawn):
    spec, neuron, (source, weight) = drawn
    other = with_weight(spec, neuron, source, -weight)
    assert compare(spec, other) == (
        Difference("neuron", neuron.name, "flipped", "synapse", source, weight, -weight),
    )


@given(specs_with_a_synapse(), numbers(least=0.01))
def test_a_moved_weight_is_the_one_difference(drawn, factor):
    spec, neuron, (source, weight) = drawn
    assume(factor * weight != weight and factor > 0)
    other = with_weight(spec, neuron, source, weight * factor)
    (found,) = compare(spec, other)
    assert found == Difference(
        "neuron", neuron.name, "re-weighted", "synapse", source, weight, weight * factor
    )
    assert found.share == pytest.approx(factor - 1)


@given(specs_with_a_neuron(), numbers())
def test_a_moved_bias_is_the_one_difference(drawn, bias):
    spec, neuron = drawn
    before = explicit(spec)
    was = next(n.bias for _, n in before.neurons() if n.name == neuron.name)
    assume(not isinstance(was, str) and was != bias)
    found = compare(spec, replaced(spec, neuron.name, bias=bias))
    assert found == (Difference("neuron", neuron.name, "changed", "bias", "", was, bias),)


@given(specs_with_a_neuron(), st.sampled_from(["relu", "tanh", "step"]))
def test_another_activation_is_the_one_difference(drawn, name):
    spec, neuron = drawn
    was = next(n.activation for _, n in explicit(spec).neurons() if n.name == neuron.name)
    assume(was.name in ACTIVATIONS and not ACTIVATIONS[was.name].parameters and was.name != name)
    other = replaced(spec, neuron.name, activation=Activation(name))
    assert compare(spec, other) == (
        Difference("neuron", neuron.name, "changed", "activation", "", was.name, name),
    )


@given(specs_with_a_neuron())
def test_a_range_a_unit_and_an_aggregation_are_differences_by_name(drawn):
    spec, neuron = drawn
    spec = replaced(spec, neuron.name, range=(0, 1), aggregation="sum")
    changed = replaced(spec, neuron.name, range=(None, 2.5), unit="USD", aggregation="mean")
    assert compare(spec, changed) == (
        Difference("neuron", neuron.name, "changed", "aggregation", "", "sum", "mean"),
        Difference("neuron", neuron.name, "changed", "range", "", [0, 1], [None, 2.5]),
        Difference("neuron", neuron.name, "added", "unit", new="USD"),
    )


def renamed(spec: NetworkSpec, old: str, new: str) -> NetworkSpec:
    """The spec with one neuron, or one input, under another name; categories apart."""

    def name(given: str) -> str:
        return new if given == old else given

    layers = [
        replace(layer, neurons=tuple([
            replace(n, name=name(n.name), synapses=tuple([Synapse(name(s), w)
                                                          for s, w in n.synapses]))
            for n in layer.neurons
        ])) if isinstance(layer, Layer)
        else replace(layer, sources=tuple(map(name, layer.sources)))
        for layer in spec.layers
    ]  # fmt: skip
    outputs = None if spec.outputs is None else tuple(map(name, spec.outputs))
    inputs = tuple([replace(item, name=name(item.name)) for item in spec.inputs])
    return replace(spec, inputs=inputs, layers=tuple(layers), outputs=outputs)


@given(st.data(), network_specs())
def test_a_renamed_neuron_is_the_one_difference(data, spec):
    """Found by what it computes; all that leads from it is known by its new name."""
    names = [neuron.name for _, neuron in spec.neurons()]
    assume(names)
    old = data.draw(st.sampled_from(names))
    other = renamed(spec, old, NEW)
    assert compare(spec, other) == (Difference("neuron", NEW, "renamed", "", "", old, NEW),)
    assert match(spec, other).neurons == {n: NEW if n == old else n for n in names}


@given(network_specs(bulk=False))
def test_all_neurons_renamed_at_once_are_found_layer_by_layer(spec):
    """If no two neurons compute the same, each is found under its new name."""
    other = spec
    names = [neuron.name for _, neuron in spec.neurons()]
    for i, name in enumerate(names):
        other = renamed(other, name, f"unit-{i}")
    computed = [(d.old, d.new) for d in compare(spec, other) if d.action == "renamed"]
    assert {d.action for d in compare(spec, other)} == {"renamed"}
    # Neurons that are the same but for their names may be taken for each other.
    assert sorted(old for old, _ in computed) == sorted(names)


@given(st.data(), plain_specs)
def test_a_new_neuron_is_the_one_difference(data, spec):
    """Nothing is taken for it, and it is taken for nothing."""
    assume(len(spec.layers) > 1)
    layer = spec.layers[0]
    source = spec.inputs[0].units[0]
    neuron = Neuron(NEW, {source: 2.0}, bias=-7, activation="relu", aggregation="sum")
    grown = replace(layer, neurons=(*layer.neurons, neuron))
    other = replace(spec, layers=(grown, *spec.layers[1:]))
    (found,) = compare(spec, other)
    assert (found.part, found.name, found.action, found.aspect) == ("neuron", NEW, "added", "")
    assert found.new["layer"] == layer.name
    assert found.new["synapses"] == {source: 2}
    (gone,) = compare(other, spec)
    assert (gone.name, gone.action, gone.old) == (NEW, "removed", found.new)


@given(network_specs(), network_specs())
def test_differences_there_are_differences_back(first, second):
    """Whatever two networks are compared, both ways differ, or neither."""
    there, back = compare(first, second), compare(second, first)
    assert bool(there) == bool(back)
    to = match(first, second)
    for mapping in (to.inputs, to.neurons, to.layers, to.parameters):
        assert len(set(mapping.values())) == len(mapping)
    assert set(to.neurons.values()) <= {n.name for _, n in second.neurons()}


# -- renames --------------------------------------------------------------------------------------

HOMES = """
nnspec: 1
name: homes
inputs:
  area:     {unit: ft2, range: [100, 20000], description: living area}
  bedrooms: {type: integer, range: [0, 20]}
  age:      {unit: year, range: [0, 250]}
  condition: {type: category, categories: [good, poor]}
parameters: {rate: 0.5, floor: 10}
layers:
  - name: hidden
    activation: relu
    neurons:
      large:    {bias: -100, synapses: {area: 180, condition.good: 5}}
      family:   {bias: -2, synapses: {area: 0.1, bedrooms: rate}}
      historic: {bias: -100, synapses: {age: 1}}
  - name: output
    neurons:
      price: {unit: USD, bias: floor, synapses: {large: 1, family: rate, historic: 1840}}
examples:
  - name: a villa
    given: {area: 3000, bedrooms: 4, age: 120, condition: good}
    expect: {historic: 20}
  - given: {area: 100, bedrooms: 4, age: 10, condition: good}
    expect: {historic: 0}
properties:
  - name: silent
    when: {age: [null, 100]}
    then: {historic: 0}
  - linear: ["2*price - 3*historic >= large"]
"""


def homes(*edits: tuple[str, str]) -> NetworkSpec:
    text = HOMES
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return parse_spec(text)


def told(*edits: tuple[str, str]) -> list[tuple[Any, ...]]:
    """Each difference that edits make, in short."""
    return [
        (d.part, d.name, d.action, " ".join(filter(None, (d.aspect, d.source))), d.old, d.new)
        for d in compare(homes(), homes(*edits))
    ]


def test_a_renamed_neuron_is_renamed_in_claims_too():
    assert told(("historic", "over-100")) == [
        ("neuron", "over-100", "renamed", "", "historic", "over-100")
    ]


def test_a_renamed_and_changed_neuron_is_found_by_what_is_left():
    shifted = ("bias: -100, synapses: {age", "bias: -90, synapses: {age")
    assert told(("historic", "over-90"), shifted) == [
        ("neuron", "over-90", "renamed", "", "historic", "over-90"),
        ("neuron", "over-90", "changed", "bias", -100, -90),
    ]  # fmt: skip


def test_nothing_similar_is_no_rename():
    """A neuron that came while another went is that other only if it computes much the same."""
    edit = ("historic: {bias: -100, synapses: {age: 1}}",
            "newness:  {bias: 30, synapses: {age: -1}}")  # fmt: skip
    found = told(edit, ("historic: 1840", "newness: 200"), ("{historic: 20}", "{newness: 0}"),
                 ("expect: {historic: 0}", "expect: {newness: 0}"),
                 ("then: {historic: 0}", "then: {newness: 0}"),
                 ("3*historic", "3*newness"))  # fmt: skip
    assert not [row for row in found if row[2] == "renamed"]
    assert [row[:3] for row in found if row[0] == "neuron" and not row[3]] == [
        ("neuron", "newness", "added"), ("neuron", "historic", "removed"),
    ]  # fmt: skip


def test_an_input_is_found_by_its_range_unit_and_where_it_leads():
    assert told(("area:", "size:")) == [("input", "size", "renamed", "", "area", "size")]
    assert told(("area:     {", "size:     {column: area, "), ("area:", "size:")) == [
        ("input", "size", "renamed", "", "area", "size")
    ]
    assert told(("condition", "state")) == [("input", "state", "renamed", "", "condition", "state")]


def test_another_input_is_no_rename():
    """Bathrooms are no bedrooms, though they are as many and mean as much."""
    edits = (("bedrooms: rate", "bathrooms: -1"), ("bedrooms", "bathrooms"))
    actions = [row[:3] for row in told(*edits) if row[0] == "input"]
    assert actions == [("input", "bathrooms", "added"), ("input", "bedrooms", "removed")]


def test_a_little_alike_is_no_rename_either():
    """One source in common, of the same sign, makes no neuron the same."""
    new = "vast: {bias: 40, synapses: {area: 100, age: 3}}"
    found = told(
        ("large:    {bias: -100, synapses: {area: 180, condition.good: 5}}", new),
        ("large: 1,", "vast: 1,"), (">= large", ">= vast"),
    )  # fmt: skip
    whole = [row[:3] for row in found if row[0] == "neuron" and not row[3]]
    assert whole == [("neuron", "vast", "added"), ("neuron", "large", "removed")]


def test_another_input_of_the_same_range_and_sign_is_no_rename():
    edits = (("bedrooms: rate", "bathrooms: 0.9"), ("bedrooms", "bathrooms"))
    actions = [row[:3] for row in told(*edits) if row[0] == "input"]
    assert actions == [("input", "bathrooms", "added"), ("input", "bedrooms", "removed")]


def test_an_input_of_the_same_range_and_unit_is_found_when_all_was_fitted_anew():
    found = told(("{age: 1}", "{years: 2.5}"), ("  age:  ", "  years:"), ("age: 120", "years: 120"),
                 ("age: 10,", "years: 10,"), ("{age: [", "{years: ["))  # fmt: skip
    assert found[0] == ("input", "years", "renamed", "", "age", "years")


def test_neurons_that_exchange_names_are_found():
    """A namesake that has nothing in common but the name is another neuron."""
    found = told(("large", "x"), ("historic", "large"), ("x:", "historic:"), ("= x", "= historic"))
    assert [row[:2] + row[4:] for row in found if row[2] == "renamed"] == [
        ("neuron", "historic", "large", "historic"),
        ("neuron", "large", "historic", "large"),
    ]
    assert [row for row in found if row[0] == "neuron" and row[2] != "renamed"] == []


def test_a_parameter_is_told_once_with_all_that_uses_it():
    (found,) = compare(homes(), homes(("rate: 0.5", "rate: 0.75")))
    assert (found.part, found.name, found.old, found.new) == ("parameter", "rate", 0.5, 0.75)
    assert found.uses == ("bedrooms -> family", "family -> price")
    assert found.share == 0.5
    (again,) = compare(homes(), homes(("rate", "share")))
    assert (again.action, again.old, again.new) == ("renamed", "rate", "share")


def test_a_number_in_a_parameters_place_says_so():
    (found,) = compare(homes(), homes(("bedrooms: rate", "bedrooms: 0.5")))
    assert (found.action, found.old, found.new, found.note) == (
        "changed", 0.5, 0.5, "was parameter rate",
    )  # fmt: skip
    (found,) = compare(homes(), homes(("bias: floor", "bias: 12")))
    assert (found.aspect, found.old, found.new) == ("bias", 10, 12)


def test_what_is_said_of_inputs_is_compared():
    assert told(("range: [0, 250]", "range: [0, 150], missing: 40")) == [
        ("input", "age", "changed", "range", [0, 250], [0, 150]),
        ("input", "age", "added", "missing", None, 40),
    ]
    assert told(("unit: ft2,", "unit: m2, transform: log, column: sq,")) == [
        ("input", "area", "changed", "unit", "ft2", "m2"),
        ("input", "area", "changed", "column", "area", "sq"),
        ("input", "area", "added", "transform", None, ["log"]),
    ]
    assert told(("[good, poor]", "[good, fair, poor]")) == [
        ("input", "condition", "added", "category", None, "fair")
    ]
    assert told(("type: integer, ", "")) == [
        ("input", "bedrooms", "changed", "type", "integer", "number")
    ]


def test_claims_are_compared_by_name_else_by_what_they_say():
    assert told(("{historic: 20}", "{historic: [19, 21]}")) == [
        ("example", "a villa", "changed", "expect historic", 20, [19, 21])
    ]
    assert told(("    expect: {historic: 0}\n", "    expect: {historic: 1}\n")) == [
        ("example", "example 2", "changed", "expect historic", 0, 1)
    ]
    assert told(("name: silent", "name: quiet")) == [
        ("property", "quiet", "renamed", "", "silent", "quiet")
    ]
    assert told(("2*price - 3*historic >= large", "2*price >= 3*historic + large")) == []
    assert told(("[null, 100]", "[null, 90]")) == [
        ("property", "silent", "changed", "when age", [None, 100], [None, 90])
    ]


def test_layers_and_outputs_are_compared():
    assert told(("  - name: hidden\n", "  - name: facts\n")) == [
        ("layer", "facts", "renamed", "", "hidden", "facts")
    ]
    assert told(("  - name: output\n", "  - name: output\n    group: softmax\n")) == [
        ("layer", "output", "added", "group", None, "softmax")
    ]
    assert told(("examples:", "outputs: [price, historic]\nexamples:")) == [
        ("network", "homes", "added", "output", None, "historic")
    ]
    move = "      historic: {bias: -100, synapses: {age: 1}}\n"
    moved = [
        (move, ""),
        (
            "  - name: output\n",
            f"  - name: middle\n    activation: relu\n    neurons:\n{move}  - name: output\n",
        ),
    ]
    assert told(*moved) == [
        ("layer", "middle", "added", "", None,
         {"form": "neurons by name", "neurons": ["historic"]}),
        ("neuron", "historic", "moved", "layer", "hidden", "middle"),
    ]  # fmt: skip


# -- matrices -------------------------------------------------------------------------------------


def bulk(rows: Any, bias: Any = None, weights: Any = None, **facts: Any) -> NetworkSpec:
    given_ = DenseWeights(tuple(map(tuple, rows))) if weights is None else weights
    layer = BulkLayer("dense", len(rows), ("a", "b"), given_, bias, **facts)
    return NetworkSpec("n", (Input("a"), Input("b")), (layer,))


def test_a_matrix_is_told_by_counts_and_its_largest_moves():
    old = bulk([[1, 2], [3, 4], [0, 5]], bias=(1, 2, 3))
    new = bulk([[1, -2], [3, 0], [6, 5.5]], bias=(1, 2, 4))
    assert errors(check(old)) == errors(check(new)) == []
    weights, biases = compare(old, new)
    assert weights == Difference(
        "layer", "dense", "changed", "weights",
        moves=WeightMoves(
            same=2, re_weighted=1, flipped=1, added=1, removed=1,
            largest=(
                WeightMove("dense.2", "a", None, 6), WeightMove("dense.0", "b", 2, -2),
                WeightMove("dense.1", "b", 4, None), WeightMove("dense.2", "b", 5, 5.5),
            ),
        ),
    )  # fmt: skip
    assert biases.moves == WeightMoves(
        same=2, re_weighted=1, largest=(WeightMove("dense.2", "", 3, 4),)
    )


def test_columns_are_compared_by_name_and_not_by_place():
    old = bulk([[1, 2], [3, 4]])
    (layer,) = bulk([[2, 1], [4, 3]]).layers
    assert compare(old, replace(old, layers=(replace(layer, sources=("b", "a")),))) == ()


def test_a_renamed_matrix_renames_its_neurons():
    old = bulk([[1, 2], [3, 4]])
    price = Layer("output", (Neuron("price", {"dense.1": 2.0}),))
    old = replace(old, layers=(*old.layers, price))
    (layer, _) = old.layers
    after = Layer("output", (Neuron("price", {"other.1": 2.0}),))
    new = replace(old, layers=(replace(layer, name="other"), after))
    assert compare(old, new) == (Difference("layer", "other", "renamed", "", "", "dense", "other"),)


def test_weights_in_files_that_were_not_opened_are_compared_by_place():
    old = bulk([[1, 2]], weights=FileWeights("a.npy"))
    new = bulk([[1, 2]], weights=FileWeights("b.safetensors", "w"))
    assert compare(old, old) == ()
    (found,) = compare(old, new)
    assert (found.aspect, found.old, found.new) == ("weights", "a.npy", "b.safetensors, tensor w")


class Stored:
    """Numbers of an opened file."""

    def __init__(self, rows: list[list[float]]) -> None:
        self.rows = rows

    @property
    def n_numbers(self) -> int:
        return sum(map(len, self.rows))

    def row(self, index: int) -> list[tuple[int, float]]:
        return list(enumerate(self.rows[index]))


def test_weights_in_files_that_were_opened_are_compared_by_their_numbers():
    """The same file name may hold other numbers, and another the same."""
    old, new = [bulk([[1, 2], [3, 4]], weights=FileWeights("a.npy", None, Stored(rows)))
                for rows in ([[1, 2], [3, 4]], [[1, 2], [3, 5]])]  # fmt: skip
    (found,) = compare(old, new)
    assert found.moves == WeightMoves(
        same=3, re_weighted=1, largest=(WeightMove("dense.1", "b", 4, 5),)
    )
    assert compare(old, bulk([[1, 2], [3, 4]])) == ()


def test_pairs_take_each_thing_once():
    """best_pairs is a matching, greatest scores first."""
    assert best_pairs("ab", "xy", lambda a, b: 1.0, 0.5) == [("a", "x"), ("b", "y")]
    assert best_pairs("ab", "x", lambda a, b: float(a == "b"), 0.5) == [("b", "x")]
