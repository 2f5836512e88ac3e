"""The laws of evaluation: each test's docstring states one, for generated networks and tables."""

from __future__ import annotations

import math
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from agreement import (
    assert_locally_equal,
    assert_same,
    encode,
    error_bounds,
    evaluate_all,
    is_same_float,
    rows_of,
    same_bits,
)
from broken import replace_neuron
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import (
    CONTINUOUS,
    EVERY_ACTIVATION,
    EXACT,
    SUMS,
    network_specs,
    rows,
    tables,
)

from nnspec.evaluators.arrays.vectorised import VectorisedEvaluator
from nnspec.evaluators.reference import Valuation, evaluate_row
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.network import Network
from nnspec.program.compiled import CompiledLayer, CsrMatrix, DenseMatrix
from nnspec.program.compiler import compile_network
from nnspec.spec.model import (
    Activation,
    AnyLayer,
    BulkLayer,
    Input,
    Layer,
    NetworkSpec,
    Neuron,
    Synapse,
)
from nnspec.spec.topology import Wiring

MANY = settings(max_examples=3 * settings.default.max_examples)

ROUNDOFF = {"float64": 2.0**-53, "float32": 2.0**-24}
TINY = {"float64": 2.0**-1074, "float32": 2.0**-149}


# -- the evaluators agree -------------------------------------------------------------------------


@given(st.data())
@MANY
def test_each_neuron_is_the_definition_s_given_its_sources(data):
    """Z has the definition's bits (product: 1e-12), a too where IEEE 754 rounds it (else 1e-13)."""
    spec = data.draw(network_specs())
    assert_locally_equal(Network(spec), data.draw(tables(spec, max_rows=8)))


@given(st.data())
def test_evaluators_agree_bit_for_bit_on_correctly_rounded_operations(data):
    """Networks without exp, log, pow and their kind: the same bad rows, and the same bits."""
    spec = data.draw(network_specs(**EXACT))
    table = data.draw(tables(spec, max_rows=8))
    evaluated = evaluate_all(Network(spec), encode(spec, table))
    for i, row in enumerate(rows_of(table)):
        expected = evaluate_row(spec, row)
        assert bool(evaluated.bad[i]) == is_bad(expected)
        if not evaluated.bad[i]:
            for name in evaluated.values:
                assert is_same_float(float(evaluated.values[name][i]), expected.outputs[name])
                assert is_same_float(float(evaluated.z[name][i]), expected.z[name])


def is_bad(valuation: Valuation) -> bool:
    values = (*valuation.outputs.values(), *valuation.z.values())
    return not all(map(math.isfinite, values))


@given(st.data())
def test_evaluators_agree_within_1e_12_of_a_row_s_largest_value(data):
    """Continuous networks, end to end, float64."""
    spec = data.draw(network_specs(**CONTINUOUS))
    table = data.draw(tables(spec, max_rows=8))
    evaluated = evaluate_all(Network(spec), encode(spec, table))
    for i, row in enumerate(rows_of(table)):
        expected = evaluate_row(spec, row)
        assert bool(evaluated.bad[i]) == is_bad(expected)
        if evaluated.bad[i]:
            continue
        largest = max(map(abs, (*expected.outputs.values(), *expected.z.values(), 1.0)))
        for name in evaluated.values:
            assert abs(evaluated.values[name][i] - expected.outputs[name]) <= 1e-12 * largest
            assert abs(evaluated.z[name][i] - expected.z[name]) <= 1e-12 * largest


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@given(data=st.data())
def test_errors_stay_within_the_bound_that_rounding_allows(dtype, data):
    """|fast - reference| <= agreement.error_bounds, which is derived there, for either dtype."""
    spec = data.draw(network_specs(**CONTINUOUS))
    table = data.draw(tables(spec, max_rows=8))
    evaluated = evaluate_all(Network(spec), encode(spec, table), dtype=dtype)
    # The reference rounds too, and products of roundings are small beside one more of them.
    roundoff = ROUNDOFF["float64"] + 1.001 * ROUNDOFF[dtype]
    for i, row in enumerate(rows_of(table)):
        expected, errors, errors_of_z = error_bounds(spec, row, roundoff, TINY[dtype])
        if evaluated.bad[i] or is_bad(expected):
            continue
        for name in evaluated.values:
            own, own_z = float(evaluated.values[name][i]), float(evaluated.z[name][i])
            assert abs(own - expected.outputs[name]) <= errors[name], name
            assert abs(own_z - expected.z[name]) <= errors_of_z[name], name


@given(st.data())
def test_a_stand_in_is_the_value_it_stands_for(data):
    """The reference gives an input that is left out its declared stand-in."""
    spec = data.draw(network_specs(max_layers=2))
    row = data.draw(rows(spec, omit=True))
    whole = {item.name: row.get(item.name, item.missing) for item in spec.inputs}
    expected, found = evaluate_row(spec, whole), evaluate_row(spec, row)
    assert all(is_same_float(found.z[name], z) for name, z in expected.z.items())


# -- the same bits, however the work is cut up ----------------------------------------------------


@given(st.data())
def test_r108_r109_blocks_threads_and_neurons_asked_for_change_no_bit(data):
    """Any block size, any number of threads, any set of neurons; a row alone or among others."""
    spec = data.draw(network_specs())
    network = Network(spec)
    columns = encode(spec, data.draw(tables(spec, max_rows=40)))
    whole = evaluate_all(network, columns)
    n_rows = len(whole.bad)
    size, threads = data.draw(st.integers(1, n_rows)), data.draw(st.sampled_from([1, 2, 5]))
    assert_same(whole, evaluate_all(network, columns, block_rows=size, threads=threads))
    some = data.draw(st.lists(st.sampled_from(network.neurons), unique=True, min_size=1))
    asked = network.evaluator().evaluate(columns, some)
    assert list(asked.values) == some
    assert asked.z == {}
    assert_same(whole, asked)
    order = np.array(data.draw(st.permutations(range(min(n_rows, 8)))))
    assert_same(whole, evaluate_all(network, {k: x[order] for k, x in columns.items()}), order)


FUNCTIONS = [
    *((activation, "sum", None) for activation in EVERY_ACTIVATION),
    *(("identity", aggregation, None) for aggregation in AGGREGATIONS),
    *(("sigmoid", "sum", group) for group in GROUPS),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("activation", "aggregation", "group"), FUNCTIONS)
def test_r108_each_function_gives_a_row_the_same_bits_in_any_company(
    activation, aggregation, group, dtype
):
    """Full mantissas through every function: alone, in blocks of 7, and all 301 at once.

    NumPy takes other paths through one element, through many and through strided ones.
    """
    network = Network(one_layer(activation, aggregation, group))
    rng = np.random.default_rng(7)
    columns = {name: rng.uniform(0.1, 3, 301) for name in network.inputs}
    whole = evaluate_all(network, columns, dtype=dtype)
    assert whole.bad.mean() < 0.5
    for size in (1, 2, 7, 8, 64, 300):
        assert_same(whole, evaluate_all(network, columns, dtype=dtype, block_rows=size))


def one_layer(activation: str, aggregation: str, group: str | None) -> NetworkSpec:
    """Five neurons of one kind and one of another; exponents of 2, for which NumPy has a way."""
    parameters: dict[str, Any] = {
        "clip": {"low": 0.25, "high": 2},
        "power": {"exponent": 2.5},
        "piecewise": {"knots": ((0, 1), (1.5, -1), (3, 0.3))},
    }
    function = Activation(activation, parameters.get(activation, {}))
    weights = [(1, 2), (2, 2), (2, 0.3), (-1, 2), (0.7, 3)]
    neurons = [
        Neuron(f"n{i}", {"x": u, "y": v}, activation=function, aggregation=aggregation)
        for i, (u, v) in enumerate(weights)
    ]
    other = Neuron("other", {"x": 1}, activation="tanh", aggregation=aggregation)
    layer = Layer("layer", (*neurons, other), group=group)
    return NetworkSpec("n", (Input("x"), Input("y")), (layer,))


def test_r114_sixteen_threads_share_one_network():
    """All of them, at once, get what one of them gets alone."""
    rng = np.random.default_rng(3)
    layers = tuple(
        Layer(f"l{k}", tuple(
            Neuron(f"n{k}_{i}", {source: rng.normal() for source in sources}, activation=function)
            for i, function in enumerate(["tanh", "gelu", "relu", "softplus"])
        ))
        for k, sources in enumerate([("x", "y"), ("n0_0", "n0_1", "n0_3", "y"), ("n1_2", "n0_1")])
    )  # fmt: skip
    network = Network(NetworkSpec("n", (Input("x"), Input("y")), layers))
    columns = {"x": rng.normal(size=5000), "y": rng.normal(size=5000)}
    expected = evaluate_all(network, columns)
    fresh = Network(network.spec)  # its evaluator is not planned yet
    start = threading.Barrier(16)

    def work(seed: int) -> None:
        start.wait(timeout=60)
        for block in (64 + seed, 700):
            assert_same(expected, evaluate_all(fresh, columns, block_rows=block, threads=2))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))


# -- what must not matter -------------------------------------------------------------------------


@given(st.data())
def test_the_order_in_which_things_are_listed_changes_no_bit(data):
    """Neurons in a layer, synapses in a neuron, inputs, columns: permuted, every value stays."""
    spec = data.draw(network_specs())
    table = data.draw(tables(spec, max_rows=10))
    shuffled = permuted(spec, data.draw)
    columns = encode(spec, table)
    names = data.draw(st.permutations(list(columns)))
    found = evaluate_all(Network(shuffled), {name: columns[name] for name in names})
    assert_same(evaluate_all(Network(spec), columns), found)


def permuted(spec: NetworkSpec, draw: Callable[[Any], Any]) -> NetworkSpec:
    """The same network in another order.

    The order of a layer's neurons means something in two places, and is left alone there: columns
    of a bulk layer that reads it, and ties that ``winner`` gives to the first listed.
    """
    read = {s for layer in spec.layers if isinstance(layer, BulkLayer) for s in layer.sources}
    layers: list[AnyLayer] = []
    for layer in spec.layers:
        if isinstance(layer, Layer):
            neurons = [
                replace_neuron(neuron, synapses=draw(st.permutations(neuron.synapses)))
                for neuron in layer.neurons
            ]
            is_free = layer.name not in read and layer.group != "winner"
            order = draw(st.permutations(neurons)) if is_free else neurons
            layers.append(replace(layer, neurons=tuple(order)))
        else:
            layers.append(layer)
    inputs = tuple(draw(st.permutations(spec.inputs)))
    return replace(spec, inputs=inputs, layers=tuple(layers))


@given(st.data())
def test_a_synapse_of_weight_0_is_none_in_a_sum_and_in_a_product(data):
    """Adding one changes no bit of any value, nor the content hash."""
    spec = data.draw(network_specs(aggregations=("sum", "product"), bulk=False))
    wiring, layers = Wiring(spec), list(spec.layers)
    index = data.draw(st.integers(0, len(layers) - 1))
    neurons = list(layers[index].neurons)
    at = data.draw(st.integers(0, len(neurons) - 1))
    used = {synapse.source for synapse in neurons[at].synapses}
    unused = [unit for unit in wiring.units_before(index) if unit not in used]
    assume(unused)
    extra = Synapse(data.draw(st.sampled_from(unused)), data.draw(st.sampled_from([0, 0.0, -0.0])))
    neurons[at] = replace_neuron(neurons[at], synapses=(*neurons[at].synapses, extra))
    layers[index] = replace(layers[index], neurons=tuple(neurons))
    columns = encode(spec, data.draw(tables(spec, max_rows=8)))
    first, second = Network(spec), Network(replace(spec, layers=tuple(layers)))
    assert_same(evaluate_all(first, columns), evaluate_all(second, columns))
    assert first.content_hash == second.content_hash


# -- the compiled network -------------------------------------------------------------------------


@given(st.data())
def test_dense_and_sparse_storage_give_the_same_bits(data):
    """r103: a matrix of sums may have its gaps filled with 0, and any full one may be listed."""
    spec = data.draw(network_specs())
    compiled = compile_network(spec)
    columns = encode(spec, data.draw(tables(spec, max_rows=10)))
    expected = VectorisedEvaluator(compiled).evaluate(columns, compiled.neurons)
    for store in (as_dense, as_csr, as_full_csr):
        other = replace(compiled, layers=tuple([store(layer) for layer in compiled.layers]))
        assert_same(expected, VectorisedEvaluator(other).evaluate(columns, other.neurons))
        assert other.content_hash == compiled.content_hash


def is_sum(layer: CompiledLayer) -> bool:
    return [segment.name for segment in layer.aggregations] == ["sum"]


def as_dense(layer: CompiledLayer) -> CompiledLayer:
    return replace(layer, weights=DenseMatrix(layer.weights.to_dense())) if is_sum(layer) else layer


def as_csr(layer: CompiledLayer) -> CompiledLayer:
    """Only what is not 0, in a layer of sums."""
    return as_full_csr(layer, only=layer.weights.to_dense() != 0) if is_sum(layer) else layer


def as_full_csr(layer: CompiledLayer, only: Any = True) -> CompiledLayer:
    """Every entry listed, or those asked for, where the matrix is full or need not be."""
    if isinstance(layer.weights, CsrMatrix) and not is_sum(layer):
        return layer
    dense = layer.weights.to_dense()
    listed = np.broadcast_to(only, dense.shape)
    rows_, columns = np.nonzero(listed)
    counts = np.concatenate([[0], np.cumsum(listed.sum(axis=1))]).astype(np.int64)
    matrix = CsrMatrix(dense[rows_, columns], columns.astype(np.int64), counts, dense.shape[1])
    return replace(layer, weights=matrix)


@given(st.data())
def test_weights_times_sources_plus_bias_is_z(data):
    """The labelled matrix of a layer of sums gives its pre-activations: W x + b = z."""
    spec = data.draw(network_specs(**SUMS, groups=()))
    network = Network(spec)
    table = data.draw(tables(spec, max_rows=6))
    evaluated = evaluate_all(network, encode(spec, table))
    good = np.flatnonzero(~evaluated.bad)
    values = [evaluate_row(spec, row).outputs for row in rows_of(table)]
    for layer in network.compiled.layers:
        matrix = network.weights(layer.name)
        for i in good:
            known = values[i] | {name: a[i] for name, a in evaluated.values.items()}
            x = np.array([known[name] for name in matrix.columns])
            z = np.array([evaluated.z[name][i] for name in matrix.rows])
            size = np.abs(matrix.values) @ np.abs(x) + np.abs(layer.bias)
            assert np.all(np.abs(matrix.values @ x + layer.bias - z) <= 1e-12 * size + 1e-300)


@given(network_specs())
def test_names_and_indices_are_each_other_s_inverse(spec):
    """Units are numbered one by one; the labelled matrices hold the spec's own weights."""
    compiled = compile_network(spec)
    assert len(set(compiled.units)) == len(compiled.units) == len(compiled.index)
    assert [compiled.index[name] for name in compiled.units] == list(range(len(compiled.units)))
    assert compiled.neurons == tuple(n for layer in spec.layers for n in layer.neuron_names)
    wiring = Wiring(spec)
    for index, neuron in spec.neurons():
        matrix = compiled.weights(spec.layers[index].name)
        row = matrix.values[matrix.rows.index(neuron.name)].tolist()
        found = {name: w for name, w in zip(matrix.columns, row, strict=True) if w != 0}
        given_ = {source: wiring.value(weight) for source, weight in neuron.synapses}
        assert found == {source: weight for source, weight in given_.items() if weight != 0}


@given(st.data())
def test_compiled_arrays_cannot_be_changed(data):
    """A network is immutable, so that threads may share it and its hash stays true."""
    compiled = compile_network(data.draw(network_specs()))
    for layer in compiled.layers:
        weights = layer.weights
        stored = weights.array if isinstance(weights, DenseMatrix) else weights.data
        for array in (stored, layer.bias, layer.sources):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


@given(st.data())
def test_a_pickled_network_is_the_same_network(data):
    """Spec, hash and bits survive pickling, before and after the first evaluation."""
    spec = data.draw(network_specs(decorated=True))
    network = Network(spec)
    columns = encode(spec, data.draw(tables(spec, max_rows=5)))
    fresh = pickle.loads(pickle.dumps(network))
    expected = evaluate_all(network, columns)
    for copy in (fresh, pickle.loads(pickle.dumps(network))):
        assert copy.spec == network.spec
        assert copy.content_hash == network.content_hash
        assert_same(expected, evaluate_all(copy, columns))


@given(st.data())
def test_compiling_twice_gives_the_same_bytes(data):
    """Same spec, same arrays, same segments."""
    spec = data.draw(network_specs())
    first, second = compile_network(spec), compile_network(spec)
    assert first.units == second.units
    for a, b in zip(first.layers, second.layers, strict=True):
        assert same_bits(a.weights.to_dense(), b.weights.to_dense())
        assert same_bits(a.bias, b.bias)
        assert [s.rows.tolist() for s in a.activations] == [s.rows.tolist() for s in b.activations]


@given(st.data())
def test_tables_and_single_rows_give_what_the_evaluator_gives(data):
    """evaluate(table) binds columns by name, bad rows are NaN; network(...) is one row of it."""
    spec = data.draw(network_specs(max_layers=2))
    names = [item.column_name for item in spec.inputs]
    assume(len(set(names)) == len(names))
    table = data.draw(tables(spec, max_rows=5))
    network = Network(spec)
    expected = evaluate_all(network, encode(spec, table))
    by_column = {item.column_name: table[item.name] for item in reversed(spec.inputs)}
    found = network.evaluate(by_column, neurons="all", pre_activations=True, on_error="null")
    for name in network.neurons:
        for column, own in ((name, expected.values[name]), (f"{name}.z", expected.z[name])):
            assert same_bits(found[column][~expected.bad], own[~expected.bad])
            assert np.isnan(found[column][expected.bad]).all()
    if not expected.bad[0]:
        one = network(**rows_of(table)[0])
        values = one if isinstance(one, dict) else {network.outputs[0]: one}
        assert values == {name: expected.values[name][0] for name in network.outputs}
