"""Reliability, numbers: what must hold at the edges of floating point."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import textwrap
from unittest import mock

import numpy as np
import pytest

import nnspec
from nnspec import (
    BulkLayer,
    DenseWeights,
    Input,
    Layer,
    Network,
    NetworkSpec,
    Neuron,
    SparseWeights,
)
from nnspec.evaluators.reference import evaluate_row
from nnspec.functions.activations import ACTIVATIONS

X = (Input("x"),)


def one_neuron(activation, **neuron) -> Network:
    body = Neuron("y", {"x": 1}, activation=activation, **neuron)
    return Network(NetworkSpec("n", X, (Layer("output", (body,)),)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "gaussian", "silu", "mish", "elu"])
def test_r102_what_is_bounded_or_grows_slowly_is_finite_far_out(name):
    far = one_neuron(name).evaluate({"x": [-1e4, 1e4]})["y"]
    assert np.isfinite(far).all()


@pytest.mark.filterwarnings("error")
def test_r102_softmax_is_finite_far_out():
    neurons = tuple(Neuron(n, {"x": w}) for n, w in (("a", 1), ("b", -1)))
    network = Network(NetworkSpec("n", X, (Layer("output", neurons, group="softmax"),)))
    valued = network.evaluate({"x": [-1e4, 0.0, 1e4]})
    assert valued["a"].tolist() == [0.0, 0.5, 1.0]
    assert valued["b"].tolist() == [1.0, 0.5, 0.0]


def test_r102_an_overflow_is_a_bad_row_that_names_the_neuron():
    network = one_neuron("exp")
    with pytest.raises(nnspec.DataError, match="'y' is not finite"):
        network.evaluate({"x": [0.0, 1e4]})
    assert network.evaluate({"x": [0.0, 1e4]}, on_error="null")["y"].tolist()[0] == 1.0


def test_r103_zero_times_infinity_and_no_synapse_are_the_same_bad_row():
    """An infinity makes its row bad before any weight meets it, so that storage cannot matter."""
    big = Layer("first", (Neuron("big", {"x": 1}, activation="exp"), Neuron("z", {"x": 1})))
    dense = BulkLayer("out", 2, ("first",), DenseWeights(((0.0, 1.0), (1.0, 1.0))))
    sparse = BulkLayer("out", 2, ("first",), SparseWeights(((0, 1, 1.0), (1, 0, 1.0), (1, 1, 1.0))))
    results = []
    for last in (dense, sparse):
        network = Network(NetworkSpec("n", X, (big, last)))
        evaluated = network.evaluator().evaluate({"x": np.array([1.0, 1e4])}, network.outputs)
        results.append((evaluated.bad.tolist(), network.culprits(evaluated)))
    assert results[0] == results[1] == ([False, True], {1: "big"})


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_r104_nan_goes_through_every_activation_alike(name):
    function = ACTIVATIONS[name]
    given = {"clip": {"low": 0.0, "high": 1.0}, "power": {"exponent": 2.0}}
    given["piecewise"] = {"knots": ((0.0, 0.0), (1.0, 2.0))}
    defaults = {p.name: p.default for p in function.parameters if p.default is not None}
    parameters = given.get(name, defaults)
    assert math.isnan(function.scalar(math.nan, **parameters))
    assert np.isnan(function.vector(np, np.array([math.nan, 0.5]), **parameters)[0])


@pytest.mark.parametrize("aggregation", ["sum", "mean", "max", "min", "product", "distance"])
def test_r104_nan_wins_in_every_aggregation(aggregation):
    first = Layer("first", (Neuron("a", {"x": 1}, activation="sqrt"), Neuron("b", {"x": 1})))
    last = Layer("out", (Neuron("y", {"a": 1, "b": 1}, aggregation=aggregation),))
    network = Network(NetworkSpec("n", X, (first, last)))
    by_reference = evaluate_row(network.spec, {"x": -1.0}).outputs["y"]
    fast = network.evaluator().evaluate({"x": np.array([-1.0])}, ("y",))
    assert math.isnan(by_reference)
    assert np.isnan(fast.values["y"][0])
    assert fast.bad[0]


def test_r104_nan_wins_in_winner():
    first = Layer("first", (Neuron("a", {"x": 1}, activation="sqrt"),))
    last = Layer("out", (Neuron("y", {"a": 1}), Neuron("w", {"x": 1})), group="winner")
    spec = NetworkSpec("n", X, (first, last))
    assert math.isnan(evaluate_row(spec, {"x": -1.0}).outputs["w"])
    fast = Network(spec).evaluator().evaluate({"x": np.array([-1.0])}, ("w",))
    assert np.isnan(fast.values["w"][0])


def test_r105_subnormals_are_kept():
    network = one_neuron("identity")
    tiny = np.array([5e-324, -5e-324, 2.5e-310])
    assert network.evaluate({"x": tiny})["y"].tobytes() == tiny.tobytes()


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc (Debian: apt install gcc)")
def test_r105_a_process_that_flushes_them_is_warned(tmp_path):
    source = tmp_path / "flush.c"
    source.write_text(
        "#include <xmmintrin.h>\nvoid flush(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }\n"
    )
    library = tmp_path / "flush.so"
    built = subprocess.run(
        ["gcc", "-shared", "-fPIC", "-o", library, source], capture_output=True, check=False
    )
    if built.returncode:
        pytest.skip("this processor has no such mode, or gcc cannot build for it")
    code = f"""
        import ctypes, warnings, nnspec
        from nnspec import Input, Layer, Network, NetworkSpec, Neuron
        output = Layer("output", (Neuron("y", {{"x": 1}}),))
        network = Network(NetworkSpec("n", (Input("x"),), (output,)))
        ctypes.CDLL({str(library)!r}).flush()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            network.evaluate({{"x": [1.0]}})
        raise SystemExit(0 if any("flushes subnormal" in str(w.message) for w in caught) else 1)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert run.returncode == 0


def test_r106_minus_zero_and_ties_at_a_threshold():
    step = one_neuron("step").evaluate({"x": [-0.0, 0.0, -5e-324]})["y"]
    assert step.tolist() == [1.0, 1.0, 0.0]
    plain = one_neuron("identity").evaluate({"x": [-0.0]})["y"]
    assert math.copysign(1, plain[0]) == 1


def test_r107_float32_reports_what_it_cannot_hold():
    network = one_neuron("identity", bias=0)
    with pytest.raises(nnspec.DataError, match="'x' is not finite"):
        network.evaluate({"x": [1.0, 1e39]}, dtype="float32")
    assert network.evaluate({"x": [1.0, 1e39]})["y"].tolist() == [1.0, 1e39]
    heavy = Network(NetworkSpec("n", X, (Layer("o", (Neuron("y", {"x": 1e39}),)),)))
    with pytest.raises(nnspec.DataError, match="'y' is not finite"):
        heavy.evaluate({"x": [1.0]}, dtype="float32")


def test_r110_a_sum_is_taken_in_the_order_of_names():
    """(a + b) + c, whatever the order in which they are listed; the error is below n·u·Σ|terms|."""
    inputs = tuple(Input(name) for name in "cab")
    for synapses in ({"a": 1, "b": 1, "c": 1}, {"c": 1, "b": 1, "a": 1}):
        neuron = Neuron("y", synapses)
        network = Network(NetworkSpec("n", inputs, (Layer("o", (neuron,)),)))
        values = {"a": 1e16, "b": 1.0, "c": -1e16}
        assert network(**values) == (1e16 + 1.0) - 1e16 == 0.0
        assert abs(network(**values) - 1.0) <= 3 * 2**-53 * 2e16
        assert network(a=1e16, b=-1e16, c=1.0) == 1.0


def test_r112_sizes_are_multiplied_without_overflow():
    """A weight file of 2^38 numbers: refused by their number, not allocated."""
    first = BulkLayer("first", 2**19, ("x",), SparseWeights(((0, 0, 1.0),)))
    full = nnspec.FileWeights("w.npy", values=mock.Mock(n_numbers=2**38))
    spec = NetworkSpec("n", X, (first, BulkLayer("second", 2**19, ("first",), full)))
    (found,) = [d for d in nnspec.check(spec, nnspec.Limits(neurons=2**21)) if d.code == "NS507"]
    assert f"{2**38 + 1:,} synapses" in found.message
