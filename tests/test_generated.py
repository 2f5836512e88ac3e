"""network(...) of one row: the same numbers and the same errors as the general path."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest
from agreement import assert_same, encode, evaluate_all, rows_of
from hypothesis import given
from hypothesis import strategies as st
from strategies import EXACT, network_specs, tables

from nnspec import Input, Layer, Network, NetworkSpec, Neuron
from nnspec.evaluators.generated.columns import MOST_SYNAPSES as MOST_OF_COLUMNS
from nnspec.evaluators.generated.columns import column_function
from nnspec.evaluators.generated.row import MOST_SYNAPSES, row_function
from nnspec.evaluators.reference import evaluate_row
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.spec.model import Activation

ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**53, 2**53 + 1, 10**400, 0.5, -0.0, 1e308, -1e308, 5e-324,
    math.nan, math.inf, -math.inf, "1", "good", "no such", b"1", [1], np.float64(2), np.int64(3),
    np.float32(0.1), np.bool_(True), np.array(1.0), np.array([1.0]),
)  # fmt: skip
"""Values that some input takes and some other does not."""


def outcome(call: Any, row: dict[str, Any]) -> Any:
    """What a call gives, down to the bits and the types, or the error that it raises."""
    try:
        found = call(**row) if call.__name__ == "__call__" else call(row)
    except Exception as error:
        return type(error), str(error)
    named = found if isinstance(found, dict) else {"": found}
    return [(name, type(value), struct.pack("d", value)) for name, value in named.items()]


@given(st.data())
def test_one_row_is_what_the_general_path_gives_bit_for_bit(data):
    """Ordinary rows, and rows with odd, missing or unknown values: the same bits, types, errors."""
    spec = data.draw(network_specs())
    network = Network(spec)
    for row in rows_of(data.draw(tables(spec, max_rows=3))):
        odd = data.draw(st.dictionaries(st.sampled_from(list(row)), st.sampled_from(ODD)))
        dropped = data.draw(st.sets(st.sampled_from(list(row)), max_size=1))
        strange = data.draw(st.sampled_from([{}, {}, {}, {"no such input": 1}]))
        for changed in (
            row,
            {**row, **odd},
            {k: v for k, v in row.items() if k not in dropped} | strange,
        ):
            expected = outcome(network._value_row, changed)
            assert outcome(network.__call__, changed) == expected, changed


@given(st.data())
def test_one_row_has_the_definitions_bits_where_operations_are_exact(data):
    spec = data.draw(network_specs(**EXACT))
    network = Network(spec)
    (row,) = rows_of(data.draw(tables(spec, min_rows=1, max_rows=1)))
    if evaluate_all(network, encode(spec, {k: np.array([v]) for k, v in row.items()})).bad[0]:
        return
    expected = evaluate_row(spec, row).outputs
    found = network(**row)
    named = found if isinstance(found, dict) else {network.outputs[0]: found}
    bits = {name: struct.pack("d", expected[name]) for name in network.outputs}
    assert {name: struct.pack("d", value) for name, value in named.items()} == bits


@given(st.data())
def test_ordinary_rows_take_the_fast_path(data):
    """The function itself values every row that is finite: nothing is left to the general path."""
    spec = data.draw(network_specs())
    network = Network(spec)
    function = row_function(network.compiled)
    table = data.draw(tables(spec, max_rows=3))
    bad = evaluate_all(network, encode(spec, table)).bad
    for row, is_bad in zip(rows_of(table), bad.tolist(), strict=True):
        small = all(not isinstance(x, float) or abs(x) < 1e100 for x in row.values())
        if not is_bad and small and not _may_hide_infinity(spec):
            assert function(row) is not None, row
        elif is_bad:
            assert function(row) is None, row


def _may_hide_infinity(spec: NetworkSpec) -> bool:
    """A group may make finite numbers of what was infinite; such rows are left to be judged."""
    return any(layer.group is not None for layer in spec.layers)


def chain(n_inputs: int) -> Network:
    inputs = tuple(Input(f"x{i}") for i in range(n_inputs))
    neuron = Neuron("y", {one.name: 0.1 for one in inputs})
    return Network(NetworkSpec("n", inputs, (Layer("o", (neuron,)),)))


def test_large_networks_are_left_to_arrays_and_long_sums_keep_their_order():
    assert row_function(chain(MOST_SYNAPSES).compiled) is None
    network = chain(500)
    row = {f"x{i}": 1.0 + i / 7 for i in range(500)}
    assert network(**row) == network._value_row(row)
    assert row_function(network.compiled)(row) == network._value_row(row)


def test_names_are_data_and_never_code():
    """Whatever a name looks like, it names an input; the function's text holds none of it."""
    hostile = ["__import__", "row", "v0", "float", "sqrt", "x0", "return", "None", "s", "b0"]
    inputs = tuple(Input(name) for name in hostile)
    neuron = Neuron("value", {name: i + 1 for i, name in enumerate(hostile)})
    network = Network(NetworkSpec("n", inputs, (Layer("o", (neuron,)),)))
    row = {name: float(i) for i, name in enumerate(hostile)}
    assert network(**row) == sum((i + 1) * i for i in range(len(hostile)))
    function = row_function(network.compiled)
    texts = {*function.__code__.co_names, *map(str, function.__code__.co_consts)}
    assert not texts & {"__import__", "value"}


def test_an_overflow_names_the_neuron():
    network = chain(2)
    with pytest.raises(Exception, match="'y' is not finite"):
        Network(NetworkSpec("n", (Input("x"),), (Layer("o", (Neuron("y", {"x": 1e300}),)),)))(
            x=1e300
        )
    assert network(x0=1, x1=2) == network(x0=1.0, x1=2.0)


@given(st.data())
def test_columns_are_what_the_general_evaluator_gives_bit_for_bit(data):
    """For any rows, bad ones among them, and any size of block."""
    spec = data.draw(network_specs())
    network = Network(spec)
    columns = encode(spec, data.draw(tables(spec, min_rows=1, max_rows=8)))
    name, scale = next(iter(columns)), data.draw(st.sampled_from([1.0, 1.0, 1e300, -1e308]))
    if spec.inputs[0].type != "category":
        with np.errstate(over="ignore"):
            columns[name] = np.nan_to_num(columns[name] * scale)
    function = column_function(network.compiled)
    function._block_rows = data.draw(st.integers(1, 4))
    expected = network.evaluator().evaluate(columns, network.neurons)
    found = function.evaluate(columns, network.neurons, network.evaluator)
    assert found.culprits.tolist() == expected.culprits.tolist()
    assert_same(found, expected)


def test_networks_of_many_synapses_are_left_to_the_general_evaluator():
    assert column_function(chain(50).compiled) is not None
    assert column_function(chain(MOST_OF_COLUMNS).compiled) is None


USES = {
    "clip": {"low": -1.5, "high": 2.0},
    "power": {"exponent": 3.0},
    "piecewise": {"knots": ((-1.0, 0.5), (0.5, -2.0), (2.0, 3.0))},
    "leaky-relu": {"slope": -0.3},
}


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_every_function_has_the_general_paths_bits(name, aggregation):
    """On both sides of every hinge, and on it."""
    neuron = Neuron(
        "y", {"a": 1.0, "b": 0.7}, activation=Activation(name, USES.get(name, {})),
        aggregation=aggregation,
    )  # fmt: skip
    network = Network(NetworkSpec("n", (Input("a"), Input("b")), (Layer("o", (neuron,)),)))
    for x in (-7.3, -3.0, -1.5, -1.0, -0.31, 0.0, 0.2, 0.5, 0.9, 1.0, 2.0, 3.0, 6.0, 7.7):
        for row in ({"a": x, "b": 0.0}, {"a": x, "b": 1.3}):
            assert outcome(network.__call__, row) == outcome(network._value_row, row), row
