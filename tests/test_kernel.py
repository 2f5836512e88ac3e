"""The compiled kernel: NumPy's bits for any network, block and thread; and when it is used."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from agreement import (
    assert_locally_equal,
    assert_same,
    encode,
    error_bounds,
    rows_of,
    same_bits,
)
from hypothesis import given
from hypothesis import strategies as st
from strategies import CONTINUOUS, network_specs, tables

import nnspec
from nnspec.evaluators.arrays import costs, vectorised
from nnspec.evaluators.arrays.plans import plan_layers
from nnspec.evaluators.arrays.vectorised import VectorisedEvaluator
from nnspec.evaluators.encoding import as_matrix
from nnspec.evaluators.evaluated import Evaluated
from nnspec.evaluators.kernel.sparse import in_order_of_use, list_synapses
from nnspec.evaluators.kernel.stretches import cut
from nnspec.network import Network
from nnspec.program.compiled import CompiledLayer, CompiledNetwork, CsrMatrix, DenseMatrix, Segment
from nnspec.spec.model import Input

pytest.importorskip("numba")

DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])

ROOT = Path(__file__).parent.parent

ROUNDOFF = {"float64": 2.0**-53, "float32": 2.0**-24}
TINY = {"float64": 2.0**-1074, "float32": 2.0**-149}


def evaluate(evaluator: VectorisedEvaluator, columns: Any, **options: Any) -> Evaluated:
    """Every neuron, and its z unless told otherwise."""
    options = {"pre_activations": True, "neurons": evaluator.network.neurons, **options}
    return evaluator.evaluate(columns, **options)


def both(network: CompiledNetwork, dtype: str) -> tuple[VectorisedEvaluator, VectorisedEvaluator]:
    """NumPy's steps, and the kernel."""
    numpy, kernel = [VectorisedEvaluator(network, dtype, use_kernel=use) for use in (False, True)]
    return numpy, kernel


def assert_alike(expected: Evaluated, found: Evaluated) -> None:
    """The same bits, the same bad rows and the same culprits."""
    assert_same(expected, found)
    assert expected.culprits.tolist() == found.culprits.tolist()


# -- generated networks ---------------------------------------------------------------------------


@DTYPES
@given(data=st.data())
def test_the_kernel_gives_numpy_s_bits_in_any_block_and_any_thread(dtype, data):
    """Every activation, aggregation and group: the same bits, bad rows and culprits.

    With pre-activations and without, where sums and activations are one step, and whichever
    neurons are asked for: the layers between them are one step too.
    """
    spec = data.draw(network_specs())
    columns = encode(spec, data.draw(tables(spec, max_rows=40)))
    numpy, kernel = both(Network(spec).compiled, dtype)
    expected = evaluate(numpy, columns)
    pieces = {
        "block_rows": data.draw(st.integers(1, len(expected.bad))),
        "threads": data.draw(st.sampled_from([1, 2, 5])),
    }
    some = data.draw(st.lists(st.sampled_from(kernel.network.neurons), unique=True))
    for options in ({}, pieces, {"neurons": some}, {"neurons": some, **pieces}):
        for pre_activations in (True, False):
            found = evaluate(kernel, columns, pre_activations=pre_activations, **options)
            assert_alike(expected, found)


@given(data=st.data())
def test_each_neuron_is_the_definition_s_by_kernel_too(data):
    """As test_laws says it of NumPy: z has the definition's bits, whatever the sources were."""
    spec = data.draw(network_specs())
    network = Network(spec)
    kernel = VectorisedEvaluator(network.compiled, use_kernel=True)
    network._evaluators["float64", False] = kernel
    assert_locally_equal(network, data.draw(tables(spec, max_rows=8)))
    assert network.evaluator() is kernel


@DTYPES
@given(data=st.data())
def test_fast_stays_within_the_bound_that_rounding_allows(dtype, data):
    """Fused and by BLAS, sums are off by no more than agreement.error_bounds."""
    spec = data.draw(network_specs(**CONTINUOUS))
    table = data.draw(tables(spec, max_rows=8))
    evaluator = VectorisedEvaluator(Network(spec).compiled, dtype, fast=True, use_kernel=True)
    evaluated = evaluate(evaluator, encode(spec, table))
    roundoff = ROUNDOFF["float64"] + 1.001 * ROUNDOFF[dtype]
    for i, row in enumerate(rows_of(table)):
        expected, errors, errors_of_z = error_bounds(spec, row, roundoff, TINY[dtype])
        if evaluated.bad[i] or not np.isfinite(list(expected.outputs.values())).all():
            continue
        for name in evaluated.values:
            assert abs(float(evaluated.values[name][i]) - expected.outputs[name]) <= errors[name]
            assert abs(float(evaluated.z[name][i]) - expected.z[name]) <= errors_of_z[name]


# -- networks large enough for tiles, orders and gaps ---------------------------------------------

SIZES = (40, 150, 37, 150, 150, 60, 9)
ACTIVATIONS = (
    ("relu", {}),
    ("clip", {"low": -1.5, "high": 2.0}),
    ("hard-tanh", {}),
    ("relu6", {}),
    ("identity", {}),
    ("sigmoid", {}),
)


def large_network(seed: int = 0, *, skips: tuple[int, ...] = (3, 6)) -> CompiledNetwork:
    """Layers of many kinds of matrix: sparse, with empty rows, dense, skipping layers, grouped.

    Those of ``skips`` read all that came before.
    """
    rng = np.random.default_rng(seed)
    starts = np.cumsum([0, *SIZES])
    units = [f"u{i}" for i in range(starts[-1])]
    layers = []
    for k, size in enumerate(SIZES[1:], start=1):
        first = 0 if k in skips else starts[k - 1]
        sources = rng.permutation(np.arange(first, starts[k]))
        density = (None, 0.1, 0.02, 0.3, 1.0, 0.05, 0.9)[k]
        layers.append(
            CompiledLayer(
                f"l{k}", tuple(units[starts[k] : starts[k + 1]]), sources,
                matrix(rng, size, len(sources), density), rng.normal(size=size),
                (Segment("sum", {}, np.arange(size)),), segments(k, size),
                "softmax" if k == 6 else None, np.arange(size),
            )
        )  # fmt: skip
    inputs = tuple(Input(name) for name in units[: SIZES[0]])
    index = {name: i for i, name in enumerate(units)}
    return CompiledNetwork("n", inputs, tuple(layers), layers[-1].neurons, tuple(units), index)


SKIPS = pytest.mark.parametrize("skips", [(3, 6), ()], ids=["skipping", "deep"])


def assert_all_alike(
    expected: Evaluated, kernel: VectorisedEvaluator, columns: Any, *pieces: dict[str, int]
) -> None:
    """Whole and in pieces, with pre-activations and without, whatever is asked for.

    That is all neurons; the last layer's; and some that cut the network in two.
    """
    network = kernel.network
    some = (network.layers[1].neurons[3], *network.outputs)
    for neurons in (network.neurons, network.outputs, some):
        for options in ({}, *pieces):
            for pre_activations in (True, False):
                found = evaluate(
                    kernel, columns, neurons=neurons, pre_activations=pre_activations, **options
                )
                assert_alike(expected, found)


def segments(k: int, size: int) -> tuple[Segment, ...]:
    """One activation for all, but for a layer where two share it."""
    name, parameters = ACTIVATIONS[k - 1]
    if k != 4:
        return (Segment(name, parameters, np.arange(size)),)
    return (
        Segment("exp", {}, np.arange(0, size, 3)),
        Segment(name, parameters, np.flatnonzero(np.arange(size) % 3)),
    )


def matrix(rng: np.random.Generator, n_rows: int, n_columns: int, density: float) -> Any:
    dense = np.where(
        rng.random((n_rows, n_columns)) < density, rng.normal(size=(n_rows, n_columns)), 0.0
    )
    dense *= 3 / np.sqrt(density * n_columns)
    dense[::7] = 0.0
    if density > 0.5:
        return DenseMatrix(dense)
    rows, columns = np.nonzero(dense)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n_rows))])
    return CsrMatrix(dense[rows, columns], columns, indptr, n_columns)


def random_columns(network: CompiledNetwork, n_rows: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(n_rows)
    return {item.name: rng.normal(size=n_rows) for item in network.inputs}


@DTYPES
@SKIPS
@pytest.mark.parametrize("n_rows", [0, 1, 7, 8, 16, 17, 40, 63, 64, 65, 100, 128, 129, 1000])
def test_tiles_and_what_remains_of_them_give_the_same_bits(dtype, skips, n_rows):
    """Blocks of whole tiles, of parts of one, and of both; layers one by one, and at once."""
    network = large_network(skips=skips)
    columns = random_columns(network, n_rows)
    numpy, kernel = both(network, dtype)
    expected = evaluate(numpy, columns)
    assert not expected.bad.any()
    row_by_row = [{"block_rows": 1}] if n_rows <= 130 else []
    assert_all_alike(expected, kernel, columns, *row_by_row, {"block_rows": 130, "threads": 3})


def test_layers_go_at_once_up_to_what_is_asked_for_or_does_not_fuse():
    """The fourth layer has two functions, which the kernel does not do; the others follow on."""
    for skips, neurons, pre_activations, lengths in (
        ((), ["u590"], False, [4, 2]),
        ((), ["u590"], True, [4, 1, 1]),
        ((), ["u100", "u590"], False, [1, 3, 2]),
        ((), ["u200", "u590"], True, [1, 1, 2, 1, 1]),
        ((), [], True, [4, 2]),
        ((3, 6), ["u590"], False, [1, 1, 1, 1, 1, 1]),
        ((3,), ["u590"], False, [1, 1, 2, 2]),
    ):
        network = large_network(skips=skips)
        plans = plan_layers(network, np.dtype("float64"), kernel=True, fast=False)
        found = cut(plans, network.index, neurons, pre_activations=pre_activations)
        assert [len(stretch.plans) for stretch in found] == lengths, (skips, neurons)


def test_rows_move_and_come_back():
    """The network above has it all: moved outputs, gathered sources, fused activations."""
    plans = plan_layers(large_network(), np.dtype("float64"), kernel=True, fast=False)
    assert all(plan.sparse is not None for plan in plans)
    moved = [plan.holder.rows is not None for plan in plans]
    assert any(moved)
    assert not all(moved)
    assert any(len(plan.sources.parts) > 1 for plan in plans)
    assert {plan.sparse.fuses for plan in plans if plan.sparse} == {True, False}
    assert sorted(i for plan in plans for i in plan.finished) == list(range(len(SIZES)))


@given(st.lists(st.integers(0, 9), max_size=30))
def test_sources_get_rows_in_the_order_of_their_first_use(indices):
    """Rows are a permutation: those used come first, as they first appear, then the others."""
    rows = in_order_of_use(np.array(indices, dtype=np.int64), 10)
    seen = list(dict.fromkeys(indices))
    assert rows[np.array(seen, dtype=np.int64)].tolist() == list(range(len(seen)))
    assert sorted(rows.tolist()) == list(range(10))


@given(st.lists(st.integers(0, 5), max_size=8), st.booleans(), st.booleans())
def test_neighbouring_rows_of_one_array_are_a_slice_of_it(rows, copied, transposed):
    """Whichever rows of a table they are, and in whatever order; never anything but them."""
    table = np.arange(30.0).reshape(6, 5).copy()
    if transposed:
        table = np.array(table.T, order="F").T
    arrays = [table[row].copy() if copied and row % 2 else table[row] for row in rows]
    found = as_matrix(arrays)
    neighbours = len(rows) > 1 and set(np.diff(rows).tolist()) == {1}
    if found is not None:
        assert found.tolist() == [array.tolist() for array in arrays]
        assert found.base is (table.base if transposed else table)
    if not any(row % 2 for row in rows) or not copied:
        assert (found is not None) == neighbours


def test_unrelated_arrays_are_never_one():
    """Two always lie at even distances: a view over both would keep only the first alive."""
    assert as_matrix([np.arange(5.0), np.arange(5.0)]) is None
    owners = np.arange(10.0).reshape(2, 5).copy(), np.arange(10.0).reshape(2, 5).copy()
    assert as_matrix([owners[0][0], owners[1][1]]) is None


def test_threads_that_share_a_network_and_ask_for_threads_get_the_same_bits():
    network = nnspec.load(ROOT / "specs" / "rbf-iris.yaml")
    table = np.round(np.random.default_rng(0).uniform(0.5, 3, (64, len(network.inputs))), 1)
    whole = network.evaluate(table)

    def again(_):
        return all(np.array_equal(network.evaluate(table, threads=2), whole) for _ in range(20))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(again, range(16)))


def test_fast_is_near_for_blas_and_for_fused_sums():
    """A layer of each: 1e-12 of what the exact order gives, in float64, and not the same bits."""
    network = large_network()
    columns = random_columns(network, 300)
    exact = evaluate(both(network, "float64")[0], columns)
    fast = VectorisedEvaluator(network, fast=True, use_kernel=True)
    plans = fast.plans(by_kernel=True)
    assert any(plan.product is not None for plan in plans)
    assert any(plan.sparse is not None for plan in plans)
    found = evaluate(fast, columns)
    largest = max(np.abs(z).max() for z in exact.z.values())
    for name, z in exact.z.items():
        assert np.abs(found.z[name] - z).max() <= 1e-12 * largest, name
    assert not all(same_bits(found.z[name], z) for name, z in exact.z.items())


# -- bad rows -------------------------------------------------------------------------------------


@DTYPES
@SKIPS
def test_bad_rows_are_found_with_the_right_culprit(dtype, skips):
    """Overflow in hidden layers, nan and infinities in inputs: as NumPy's steps find them.

    A clip would hide an infinite z in its own layer; it must be named all the same.
    """
    network = large_network(skips=skips)
    columns = random_columns(network, 700)
    largest = float(np.finfo(dtype).max)
    columns["u3"][[5, 130, 699]] = [np.nan, np.inf, -np.inf]
    for row in range(200, 240):  # ever smaller, so that ever later layers overflow
        for name in columns:
            columns[name][row] = 0.9 * 0.85 ** (row - 200) * largest
    numpy, kernel = both(network, dtype)
    expected = evaluate(numpy, columns)
    layers = {int(np.searchsorted(np.cumsum(SIZES), unit, side="right"))
              for unit in expected.culprits[expected.bad]}  # fmt: skip
    assert layers >= {0, 1, 2}, layers
    assert_all_alike(expected, kernel, columns, {"block_rows": 64, "threads": 2})


def test_a_bound_beyond_float32_is_a_bad_row_s_in_float32_only():
    """A bound of 1e300 is infinite in float32, by kernel as without."""
    network = large_network()
    layer = network.layers[0]
    high = (Segment("clip", {"low": 1e300, "high": 1e301}, np.arange(len(layer.neurons))),)
    layers = (CompiledLayer(**{**vars(layer), "activations": high}), *network.layers[1:])
    other = CompiledNetwork(**{**vars(network), "layers": layers})
    columns = random_columns(network, 20)
    for dtype, is_bad in (("float32", True), ("float64", False)):
        numpy, kernel = both(other, dtype)
        first = evaluate(numpy, columns, pre_activations=False)
        assert_alike(first, evaluate(kernel, columns, pre_activations=False))
        unit = int(first.culprits[0])
        assert (unit == other.index[layer.neurons[0]]) == is_bad


@pytest.mark.parametrize(
    ("indices", "indptr"),
    [([0, 9], [0, 1, 2]), ([0, -1], [0, 1, 2]), ([0, 1], [0, 3, 2]), ([0, 1], [0, 1, 1])],
)
def test_a_matrix_that_lies_about_its_columns_is_refused(indices, indptr):
    """The kernel reads memory where the indices say: they are checked before it does."""
    lying = CsrMatrix(np.ones(2), np.array(indices), np.array(indptr), 3)
    layer = CompiledLayer(**{**vars(large_network().layers[0]), "weights": lying})
    with pytest.raises(ValueError, match="layer 'l1' names columns"):
        list_synapses(layer)


# -- when it is used ------------------------------------------------------------------------------


def test_work_adds_up_until_the_kernel_pays(monkeypatch):
    """It is used from the call on with which all work so far reaches the line; no bit changes."""
    network = large_network()
    columns = random_columns(network, 50)
    monkeypatch.setattr(vectorised, "KERNEL_PAYS_FROM", 3 * 50 * costs.work_per_row(network))
    used = []
    real = vectorised.kernel
    monkeypatch.setattr(vectorised, "kernel", lambda *a, **k: used.append(a) or real(*a, **k))
    evaluator = VectorisedEvaluator(network)
    first = evaluate(evaluator, columns)
    counts = []
    for _ in range(3):
        assert_alike(first, evaluate(evaluator, columns))
        counts.append(len(used))
    assert counts == [0, 1, 2]


def test_the_processor_fuses_nothing_unless_it_is_asked_to():
    """A fused multiplication and addition rounds once, and would give other bits."""
    if platform.machine() != "x86_64":
        pytest.skip("the names of instructions are those of x86-64")
    for dtype in ("float32", "float64"):
        exact, fused = [
            "\n".join(costs.kernel(dtype, fast=fast).inspect_asm().values())
            for fast in (False, True)
        ]
        assert re.search(r"\bvf(n?)m(add|sub)", exact) is None
        multiplies = rf"\bv?mul{'ps' if dtype == 'float32' else 'pd'}\b"
        assert re.search(multiplies, exact)
        from llvmlite import binding

        if binding.get_host_cpu_features().get("fma"):
            assert re.search(r"\bvfmadd", fused)


def run_script(script: str) -> subprocess.CompletedProcess[str]:
    path = Path(__file__).parent
    start = f"import sys; sys.path[:0] = [{str(path)!r}]\n"
    return subprocess.run(
        [sys.executable, "-c", start + script], capture_output=True, text=True, check=True
    )


SCRIPT = """
import numpy as np
from nnspec.evaluators.arrays import vectorised
from nnspec.network import loads
if {absent}:
    sys.modules["numba"] = None
vectorised.KERNEL_PAYS_FROM = {line}
network = loads('''
nnspec: 1
name: sums
inputs: {{x: {{}}, y: {{}}}}
layers:
  - {{name: layer, size: 2, from: [x, y], weights: [[1, 2], [3, 4]], activation: relu}}
''')
for dtype in ("float64", "float32"):
    print(network.evaluate({{"x": [1.0, -1.0], "y": [2.0, 0.5]}}, dtype=dtype, threads=2))
print("numba" in sys.modules and sys.modules["numba"] is not None)
"""

VALUES = """{'layer.0': array([5., 0.]), 'layer.1': array([11.,  0.])}
{'layer.0': array([5., 0.], dtype=float32), 'layer.1': array([11.,  0.], dtype=float32)}
"""


def test_without_numba_large_work_says_once_how_to_get_it():
    """One line on standard error for the process; the numbers are right."""
    run = run_script(SCRIPT.format(absent=True, line=1))
    assert run.stdout == VALUES + "False\n"
    assert run.stderr == costs.ADVICE + "\n"
    assert "pip install 'nnspec[fast]'" in run.stderr


@pytest.mark.parametrize("absent", [True, False])
def test_small_work_neither_says_anything_nor_imports_numba(absent):
    run = run_script(SCRIPT.format(absent=absent, line=10**9))
    assert run.stdout == VALUES + "False\n"
    assert run.stderr == ""


def test_with_numba_large_work_is_silent_and_writes_no_file():
    """Compiled code stays in memory: an installation may be read-only, or shared."""
    run = run_script(SCRIPT.format(absent=False, line=1))
    assert run.stdout == VALUES + "True\n"
    assert run.stderr == ""
    written = [path.name for path in Path(costs.__file__).parent.rglob("*.nb[ic]")]
    assert written == []
