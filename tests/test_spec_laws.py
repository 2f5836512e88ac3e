"""The laws of specs (reading, writing, checking, hashing), each stated by its test's docstring."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
from agreement import assert_locally_equal
from broken import FLAWS, as_tree, flawed_specs, mutated_documents, render_tree, replace_neuron
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from strategies import network_specs, random_table
from test_schema import FORMAT_EXAMPLE

from nnspec.diagnostics import Diagnostic, SpecError, errors, json_pointer
from nnspec.functions.activations import ACTIVATIONS, ALIASES
from nnspec.loading import check_text, parse_spec
from nnspec.network import Network
from nnspec.program.compiler import compile_network
from nnspec.spec.model import (
    Activation,
    AnyLayer,
    BulkLayer,
    DenseWeights,
    Layer,
    NetworkSpec,
    Neuron,
    SparseWeights,
    Synapse,
)
from nnspec.spec.writing import dump, to_data
from nnspec.validation import check

Draw = Callable[[st.SearchStrategy[Any]], Any]

MANY = settings(max_examples=3 * settings.default.max_examples)

# -- reading and writing --------------------------------------------------------------------------


@given(network_specs(decorated=True))
@MANY
def test_a_dumped_spec_reads_back_as_itself(spec):
    """loads(dump(spec)) == spec, dump(loads(dump(spec))) == dump(spec), and nothing is an error."""
    text = dump(spec)
    loaded = check_text(text)
    assert errors(loaded.diagnostics) == []
    assert loaded.spec == spec
    assert dump(loaded.spec) == text


@given(network_specs(decorated=True), st.integers(0, 6))
def test_the_style_of_the_yaml_does_not_matter(spec, flow_from):
    """Block or flow, quoted or plain, with comments or without: the same spec."""
    text = render_tree(as_tree(to_data(spec)), flow_from=flow_from)
    lines = [f"{line}  # : [{{" for line in text.splitlines()]
    assert parse_spec("# é\n---\n" + "\n".join(lines) + "\n...\n") == spec


# -- checking -------------------------------------------------------------------------------------


@given(mutated_documents())
@settings(MANY, deadline=2000)
def test_a_mutated_spec_gives_diagnostics_or_a_network(text):
    """check_text never raises nor hangs; what it lets pass compiles and evaluates.

    The deadline of 2 s is for a hang: the median takes 10 ms.
    """
    loaded = check_text(text)
    event("refused" if not loaded.ok else "accepted")
    if not loaded.ok:
        found = errors(loaded.diagnostics)
        assert found
        assert all(d.span is not None and d.span.line >= 1 and d.message for d in found)
        return
    network = Network(loaded.spec)
    assert_locally_equal(network, random_table(loaded.spec, 2, np.random.default_rng(0)))


@given(st.text(max_size=60) | mutated_documents(max_mutations=1), st.data())
@settings(deadline=2000)
def test_torn_text_gives_diagnostics(text, data):
    """Any text, and any piece of a spec: check_text never raises, and says what is wrong."""
    loaded = check_text(text[: data.draw(st.integers(0, len(text)))])
    assert loaded.ok or errors(loaded.diagnostics)


@pytest.mark.parametrize("part", FLAWS)
@given(data=st.data())
def test_specs_built_in_python_go_through_the_same_rules(part, data):
    """check(spec) finds the codes, in the parts of the spec, that check_text(dump(spec)) finds.

    What has an error does not compile; what has none does, and evaluates.
    """
    spec = data.draw(flawed_specs(part=part))
    found = check(spec)
    assert codes_and_parts(found) == codes_and_parts(check_text(dump(spec)).diagnostics)
    event(", ".join(sorted({d.code for d in errors(found)})) or "no error")
    if errors(found):
        with pytest.raises(SpecError) as caught:
            compile_network(spec)
        assert caught.value.diagnostics == found
    else:
        assert_locally_equal(Network(spec), random_table(spec, 2, np.random.default_rng(0)))


def codes_and_parts(diagnostics: Iterable[Diagnostic]) -> list[tuple[str, str]]:
    """Each code with the input or layer it is about; the schema may see a deeper place."""
    return sorted({(d.code, json_pointer(d.path[:2])) for d in diagnostics})


# -- the content hash -----------------------------------------------------------------------------


def content_hash(spec: NetworkSpec) -> str:
    return compile_network(spec).content_hash


@given(network_specs(decorated=True), st.data())
def test_the_hash_is_unmoved_by_what_changes_no_value(spec, data):
    """Synapse order, texts, claims, extensions, aliases and the names of parameters."""
    same = rebuilt(spec, neuron=lambda n: shuffled(data.draw, n), layer=without_words)
    same = replace(
        other_names(without_words(same)),
        inputs=tuple([without_words(item) for item in spec.inputs]),
        examples=(),
        properties=(),
        authors=("someone",),
    )
    assert content_hash(same) == content_hash(spec)
    with_layout = render_tree(as_tree(to_data(spec)), flow_from=data.draw(st.integers(0, 5)))
    assert content_hash(parse_spec("# a comment\n" + with_layout)) == content_hash(spec)


def rebuilt(
    spec: NetworkSpec,
    *,
    neuron: Callable[[Neuron], Neuron] = lambda n: n,
    layer: Callable[[Any], AnyLayer] = lambda each: each,
) -> NetworkSpec:
    """The spec with each of its neurons, then each of its layers, made anew."""
    layers = [
        replace(each, neurons=tuple(map(neuron, each.neurons))) if isinstance(each, Layer) else each
        for each in spec.layers
    ]
    return replace(spec, layers=tuple(map(layer, layers)))


def shuffled(draw: Draw, neuron: Neuron) -> Neuron:
    synapses = draw(st.permutations(neuron.synapses))
    return without_words(replace_neuron(neuron, synapses=synapses, range=(None, None)))


def without_words(item: Any) -> Any:
    """Any part of a spec with other texts and no extensions."""
    words = ("title", "description", "version", "license", "source", "unit")
    changes: dict[str, Any] = {f.name: "other" for f in fields(item) if f.name in words}
    changes["extensions"] = {}
    if isinstance(item, Neuron):
        return replace_neuron(item, **changes)
    return replace(item, **changes)


def other_names(spec: NetworkSpec) -> NetworkSpec:
    """Aliases for names and names for aliases; parameters called differently."""
    renamed = {name: f"p-{i}-of-mine" for i, name in enumerate(spec.parameters)}
    aliases = {name: alias for alias, name in ALIASES.items()} | ALIASES

    def weight(value: Any) -> Any:
        return renamed.get(value, value) if isinstance(value, str) else value

    def function(activation: Activation | None) -> Activation | None:
        if activation is None:
            return None
        name = aliases.get(activation.name, activation.name)
        record = ACTIVATIONS[ALIASES.get(name, name)]
        defaults = {p.name: p.default for p in record.parameters if p.default is not None}
        return Activation(name, {**defaults, **activation.parameters})

    def neuron(n: Neuron) -> Neuron:
        synapses = [(source, weight(w)) for source, w in n.synapses]
        return replace_neuron(
            n, synapses=synapses, bias=weight(n.bias), activation=function(n.activation)
        )

    parameters = {renamed[name]: value for name, value in spec.parameters.items()}
    return replace(
        rebuilt(
            spec,
            neuron=neuron,
            layer=lambda each: replace(
                each, bias=weight(each.bias), activation=function(each.activation)
            ),
        ),
        parameters=parameters,
    )


@given(network_specs(), st.data())
@MANY
def test_the_hash_is_moved_by_every_weight_bias_name_and_range(spec, data):
    """One change to what decides values or names: another hash."""
    change = data.draw(st.sampled_from(CHANGES))
    changed = change(data.draw, spec)
    event(change.__name__)
    assert content_hash(changed) != content_hash(spec)


def weight_changed(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    index = draw(st.integers(0, len(spec.layers) - 1))
    layer = spec.layers[index]
    number = draw(st.sampled_from([1, 0.5, 2.0**-40]))
    if isinstance(layer, Layer):
        at = draw(st.integers(0, len(layer.neurons) - 1))
        neuron = layer.neurons[at]
        (source, weight), *rest = neuron.synapses
        value = spec.parameters[weight] if isinstance(weight, str) else weight
        neuron = replace_neuron(neuron, synapses=[Synapse(source, value + number), *rest])
        neurons = (*layer.neurons[:at], neuron, *layer.neurons[at + 1 :])
        return with_layer(spec, index, replace(layer, neurons=neurons))
    if isinstance(layer.weights, DenseWeights):
        (first, *row), *rows = layer.weights.rows
        return with_layer(
            spec, index, replace(layer, weights=DenseWeights(((first + number, *row), *rows)))
        )
    assert isinstance(layer.weights, SparseWeights)
    (i, j, value), *rest = layer.weights.entries
    return with_layer(
        spec, index, replace(layer, weights=SparseWeights(((i, j, value + number), *rest)))
    )


def with_layer(spec: NetworkSpec, index: int, layer: AnyLayer) -> NetworkSpec:
    return replace(spec, layers=(*spec.layers[:index], layer, *spec.layers[index + 1 :]))


def bias_changed(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    index = draw(st.integers(0, len(spec.layers) - 1))
    layer = spec.layers[index]
    bias = compile_network(spec).layers[index].bias.tolist()
    bias[0] += draw(st.sampled_from([1, -0.5, 2.0**-40]))
    if isinstance(layer, BulkLayer):
        return with_layer(spec, index, replace(layer, bias=tuple(bias)))
    neurons = (replace_neuron(layer.neurons[0], bias=bias[0]), *layer.neurons[1:])
    return with_layer(spec, index, replace(layer, neurons=neurons))


def neuron_renamed(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    named = [neuron.name for _, neuron in spec.neurons()]
    assume(named)
    return renamed(spec, draw(st.sampled_from(named)), "renamed")


def input_renamed(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    item = draw(st.sampled_from(spec.inputs))
    pinned = replace(spec, inputs=tuple([replace(i, column=i.column_name) for i in spec.inputs]))
    return renamed(pinned, item.name, "renamed")


def layer_renamed(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    index = draw(st.integers(0, len(spec.layers) - 1))
    assume(isinstance(spec.layers[index], Layer))
    return renamed(spec, spec.layers[index].name, "renamed")


def network_renamed(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    return replace(spec, name="renamed")


def range_changed(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    at = draw(st.integers(0, len(spec.inputs) - 1))
    item = spec.inputs[at]
    assume(item.type in ("number", "integer"))
    low, high = item.range
    wider = (low, None) if high is not None else (low, 99)
    inputs = (*spec.inputs[:at], replace(item, range=wider), *spec.inputs[at + 1 :])
    return replace(spec, inputs=inputs)


def function_changed(draw: Draw, spec: NetworkSpec) -> NetworkSpec:
    index = draw(st.integers(0, len(spec.layers) - 1))
    layer = spec.layers[index]
    if layer.group is None:
        return with_layer(spec, index, replace(layer, group="softmax"))
    return with_layer(spec, index, replace(layer, group=None))


CHANGES = [
    weight_changed, bias_changed, neuron_renamed, input_renamed, layer_renamed, network_renamed,
    range_changed, function_changed,
]  # fmt: skip


def renamed(spec: NetworkSpec, old: str, new: str) -> NetworkSpec:
    """The spec with one name changed wherever it stands."""
    found: NetworkSpec = renamed_in(spec, old, new)
    return found


def renamed_in(part: Any, old: str, new: str) -> Any:
    if isinstance(part, str):
        is_unit = part.startswith(f"{old}.")
        return new + part[len(old) :] if part == old or is_unit else part
    if isinstance(part, Synapse):
        return Synapse(renamed_in(part.source, old, new), part.weight)
    if isinstance(part, tuple):
        return tuple([renamed_in(item, old, new) for item in part])
    if isinstance(part, Neuron):
        synapses = renamed_in(part.synapses, old, new)
        return replace_neuron(part, name=renamed_in(part.name, old, new), synapses=synapses)
    if is_dataclass(part) and not isinstance(part, type):
        keys = ("name", "inputs", "layers", "neurons", "sources", "outputs")
        own = [f.name for f in fields(part) if f.name in keys]
        if isinstance(part, NetworkSpec):
            own.remove("name")
        return replace(part, **{key: renamed_in(getattr(part, key), old, new) for key in own})
    return part


HASHES = """\
import sys, json
from nnspec.network import loads
from nnspec.spec.writing import dump
network = loads(sys.stdin.read())
print(json.dumps([network.content_hash, dump(network.spec), network.weights("hidden").columns]))
"""


def test_r109_the_hash_is_the_same_in_every_process():
    """Python's own hashes differ from process to process; nothing here follows them."""
    text = FORMAT_EXAMPLE.replace("bias: -100\n", "bias: -100\n        aggregation: distance\n")
    found = {hash_elsewhere(text, seed) for seed in ("0", "1", "4242")}
    assert len(found) == 1
    assert json.loads(found.pop())[0] == content_hash(parse_spec(text))


def hash_elsewhere(text: str, seed: str) -> str:
    environment: Mapping[str, str] = {**os.environ, "PYTHONHASHSEED": seed}
    result = subprocess.run(
        [sys.executable, "-c", HASHES],
        input=text, capture_output=True, text=True, check=True, timeout=60, env=environment,
    )  # fmt: skip
    return result.stdout


def test_the_hash_tells_a_synapse_of_weight_0_from_none_where_it_counts():
    """The maximum of x and 0·y is not the maximum of x."""
    text = """
        nnspec: 1
        name: n
        inputs: {x: {}, y: {}}
        layers: [{name: l, aggregation: HOW, neurons: {a: {synapses: SYNAPSES}}}]
    """
    hashes = {
        content_hash(parse_spec(text.replace("HOW", how).replace("SYNAPSES", synapses)))
        for how in ("max", "mean", "distance")
        for synapses in ("{x: 1}", "{x: 1, y: 0}")
    }
    assert len(hashes) == 6
