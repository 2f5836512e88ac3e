"""Other libraries' networks, transcribed to specs, give equal outputs: scikit-learn and PyTorch."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from nnspec.functions.activations import ACTIVATIONS
from nnspec.network import Network
from nnspec.spec.model import (
    Activation,
    BulkLayer,
    DenseWeights,
    Input,
    Layer,
    NetworkSpec,
    Neuron,
    SparseWeights,
    Transform,
)

N_ROWS, N_INPUTS = 200, 5

# -- transcription --------------------------------------------------------------------------------

Matrix = np.ndarray


def named_spec(
    matrices: Sequence[tuple[Matrix, Matrix]],
    activations: Sequence[Activation | str],
    inputs: Sequence[Input],
    group: str | None = None,
) -> NetworkSpec:
    """Layers of named neurons; pruned weights are no synapses.

    ``matrices`` holds for each layer its weights, (size, fan-in), and biases.
    """
    sources, layers = [item.name for item in inputs], []
    for depth, ((weights, bias), function) in enumerate(zip(matrices, activations, strict=True)):
        neurons = [
            Neuron(
                f"n{depth}_{i}",
                {s: float(w) for s, w in zip(sources, row, strict=True) if w != 0},
                bias=float(b),
            )
            for i, (row, b) in enumerate(zip(weights, bias, strict=True))
        ]
        layers.append(Layer(f"layer{depth}", tuple(neurons), activation=function))
        sources = [neuron.name for neuron in neurons]
    layers[-1] = Layer(layers[-1].name, layers[-1].neurons, activation=activations[-1], group=group)
    return NetworkSpec("peer", tuple(inputs), tuple(layers))


def bulk_spec(
    matrices: Sequence[tuple[Matrix, Matrix]],
    activations: Sequence[Activation | str],
    inputs: Sequence[Input],
    group: str | None = None,
) -> NetworkSpec:
    """The same by matrices: dense where full, otherwise sparse."""
    sources: tuple[str, ...] = tuple(item.name for item in inputs)
    layers = []
    for depth, ((weights, bias), function) in enumerate(zip(matrices, activations, strict=True)):
        entries = tuple((int(i), int(j), float(weights[i, j])) for i, j in np.argwhere(weights))
        is_full = len(entries) == weights.size
        layers.append(
            BulkLayer(
                f"layer{depth}",
                len(bias),
                sources,
                DenseWeights(tuple(map(tuple, weights.tolist())))
                if is_full
                else SparseWeights(entries),
                tuple(bias.tolist()),
                function,
                group=group if depth == len(matrices) - 1 else None,
            )
        )
        sources = (f"layer{depth}",)
    return NetworkSpec("peer", tuple(inputs), tuple(layers))


def outputs(spec: NetworkSpec, table: Matrix) -> Matrix:
    """The network's outputs, a row for each row of the table."""
    values = Network(spec).evaluate({item.name: table[:, i] for i, item in enumerate(spec.inputs)})
    return np.column_stack([values[name] for name in spec.output_names])


def assert_equal_outputs(own: Matrix, peer: Matrix) -> None:
    """Equal within 1e-9 of each, or of the sum's rounding where terms cancel."""
    np.testing.assert_allclose(own, peer.reshape(own.shape), rtol=1e-9, atol=1e-13)


SPECS = pytest.mark.parametrize("transcribe", [named_spec, bulk_spec])

# -- scikit-learn ---------------------------------------------------------------------------------

SKLEARN_ACTIVATIONS = ("identity", "logistic", "tanh", "relu")


def trained(model: Any, table: Matrix, target: Matrix, seed: int) -> Any:
    """A model fitted a little, with 3 of 10 weights pruned: those nearest to 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # accuracy is not the point
        model.fit(table, target)
    for coefficients in model.coefs_:
        coefficients[np.abs(coefficients) < np.quantile(np.abs(coefficients), 0.3)] = 0.0
    # A neuron must have a synapse: where pruning took all of them, one is given back.
    rng = np.random.default_rng(seed)
    for coefficients in model.coefs_:
        for column in np.flatnonzero(~coefficients.any(axis=0)):
            coefficients[rng.integers(len(coefficients)), column] = 0.5
    return model


def sklearn_matrices(model: Any) -> list[tuple[Matrix, Matrix]]:
    """Weights as (size, fan-in): scikit-learn keeps them transposed."""
    return [(w.T, b) for w, b in zip(model.coefs_, model.intercepts_, strict=True)]


def plain_inputs() -> list[Input]:
    return [Input(f"x{i}") for i in range(N_INPUTS)]


def some_table(seed: int) -> Matrix:
    return np.random.default_rng(seed).normal(size=(N_ROWS, N_INPUTS))


@SPECS
@pytest.mark.parametrize("activation", SKLEARN_ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(7,), (6, 4)])
def test_mlp_regressor(activation, hidden, transcribe):
    """Pruned regressors of one and two hidden layers predict what their specs give."""
    table = some_table(1)
    target = table @ np.arange(1.0, N_INPUTS + 1) + np.sin(3 * table[:, 0])
    model = MLPRegressor(
        hidden_layer_sizes=hidden, activation=activation, max_iter=30, random_state=0
    )
    trained(model, table, target, 1)
    assert np.mean(np.concatenate([w.ravel() for w in model.coefs_]) == 0) > 0.2
    spec = transcribe(
        sklearn_matrices(model), [activation] * len(hidden) + ["identity"], plain_inputs()
    )
    assert_equal_outputs(outputs(spec, table), model.predict(table))


@SPECS
def test_mlp_regressor_of_several_targets(transcribe):
    table = some_table(2)
    target = np.column_stack([table[:, 0] * table[:, 1], np.abs(table[:, 2])])
    model = MLPRegressor(hidden_layer_sizes=(8,), activation="tanh", max_iter=30, random_state=0)
    trained(model, table, target, 2)
    spec = transcribe(sklearn_matrices(model), ["tanh", "identity"], plain_inputs())
    assert_equal_outputs(outputs(spec, table), model.predict(table))


@SPECS
@pytest.mark.parametrize("activation", SKLEARN_ACTIVATIONS)
def test_mlp_classifier_of_three_classes(activation, transcribe):
    """Softmax over the last layer."""
    table = some_table(3)
    classes = np.digitize(table[:, 0] + table[:, 1] ** 2, [0.2, 1.2])
    model = MLPClassifier(
        hidden_layer_sizes=(6,), activation=activation, max_iter=30, random_state=0
    )
    trained(model, table, classes, 3)
    spec = transcribe(
        sklearn_matrices(model), [activation, "identity"], plain_inputs(), group="softmax"
    )
    assert_equal_outputs(outputs(spec, table), model.predict_proba(table))


@SPECS
@pytest.mark.parametrize("activation", SKLEARN_ACTIVATIONS)
def test_mlp_classifier_of_two_classes(activation, transcribe):
    """One sigmoid for the second class's probability."""
    table = some_table(4)
    model = MLPClassifier(
        hidden_layer_sizes=(6,), activation=activation, max_iter=30, random_state=0
    )
    trained(model, table, table[:, 0] > table[:, 1] * table[:, 2], 4)
    spec = transcribe(sklearn_matrices(model), [activation, "sigmoid"], plain_inputs())
    assert_equal_outputs(outputs(spec, table), model.predict_proba(table)[:, 1])


def test_standardised_inputs_are_scikit_learn_s_scaler():
    """A pipeline of StandardScaler and MLPRegressor, in the table's own units."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = some_table(5) * [900, 2, 30, 0.1, 5] + [2000, 3, 40, 0, -1]
    network = MLPRegressor(
        hidden_layer_sizes=(7,), activation="logistic", max_iter=30, random_state=0
    )
    pipeline = make_pipeline(StandardScaler(), network)
    trained(pipeline_with_coefs(pipeline), table, table[:, 0] / 1000, 5)
    scaler = pipeline[0]
    inputs = [
        Input(f"x{i}", transforms=(Transform("standardize", (float(m), float(s))),))
        for i, (m, s) in enumerate(zip(scaler.mean_, scaler.scale_, strict=True))
    ]
    spec = named_spec(sklearn_matrices(network), ["logistic", "identity"], inputs)
    assert_equal_outputs(outputs(spec, table), pipeline.predict(table))


def pipeline_with_coefs(pipeline: Any) -> Any:
    """The pipeline, fitted as a whole, pruned at its last step."""

    class Whole:
        def fit(self, table: Matrix, target: Matrix) -> None:
            pipeline.fit(table, target)
            self.coefs_ = pipeline[-1].coefs_

    return Whole()


# -- PyTorch --------------------------------------------------------------------------------------

TORCH_ACTIVATIONS: dict[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "identity": ("Identity", {}, {}),
    "relu": ("ReLU", {}, {}),
    "leaky-relu": ("LeakyReLU", {"negative_slope": 0.2}, {"slope": 0.2}),
    "leaky-relu by default": ("LeakyReLU", {}, {}),
    "elu": ("ELU", {"alpha": 0.7}, {"alpha": 0.7}),
    "elu by default": ("ELU", {}, {}),
    "selu": ("SELU", {}, {}),
    "celu": ("CELU", {"alpha": 0.7}, {"alpha": 0.7}),
    "celu by default": ("CELU", {}, {}),
    "gelu": ("GELU", {}, {}),
    "gelu-tanh": ("GELU", {"approximate": "tanh"}, {}),
    "silu": ("SiLU", {}, {}),
    "mish": ("Mish", {}, {}),
    # PyTorch's softplus is the identity beyond a threshold, here out of reach.
    "softplus": ("Softplus", {"threshold": 1e9}, {}),
    "softsign": ("Softsign", {}, {}),
    "sigmoid": ("Sigmoid", {}, {}),
    "tanh": ("Tanh", {}, {}),
    "hard-tanh": ("Hardtanh", {}, {}),
    "clip": ("Hardtanh", {"min_val": -0.3, "max_val": 0.8}, {"low": -0.3, "high": 0.8}),
    "hard-sigmoid": ("Hardsigmoid", {}, {}),
    "relu6": ("ReLU6", {}, {}),
}
"""Ours, with what else sets the case apart: PyTorch's module, its arguments, our parameters."""

TORCH_FUNCTIONS = {
    "step": lambda torch, z: torch.heaviside(z, torch.ones((), dtype=z.dtype)),
    "sign": lambda torch, z: torch.sign(z),
    "square": lambda torch, z: torch.square(z),
    "cube": lambda torch, z: z**3,
    "abs": lambda torch, z: torch.abs(z),
    "sqrt": lambda torch, z: torch.sqrt(z),
    "exp": lambda torch, z: torch.exp(z),
    "log": lambda torch, z: torch.log(z),
    "reciprocal": lambda torch, z: torch.reciprocal(z),
    "sin": lambda torch, z: torch.sin(z),
    "cos": lambda torch, z: torch.cos(z),
    "gaussian": lambda torch, z: torch.exp(-torch.square(z)),
}
"""Those that are a function there, not a module."""

ELSEWHERE = {"power", "piecewise"}
"""Those that PyTorch has in no such form."""


@pytest.fixture(scope="module")
def torch() -> Any:
    """PyTorch, with its double precision."""
    try:
        import torch as module
    except ImportError:
        pytest.skip("PyTorch is not installed: pip install '.[torch]'")
    module.manual_seed(0)
    return module


def test_every_activation_has_its_peer_in_pytorch():
    ours = {name.split(" ")[0] for name in TORCH_ACTIVATIONS} | set(TORCH_FUNCTIONS)
    assert ours | ELSEWHERE == set(ACTIVATIONS)


@SPECS
@pytest.mark.parametrize("case", TORCH_ACTIVATIONS)
def test_torch_sequential(case, torch, transcribe):
    """Two pruned layers and a linear one, in float64."""
    module, arguments, parameters = TORCH_ACTIVATIONS[case]
    own = Activation(case.split(" ")[0], parameters)
    function = getattr(torch.nn, module)(**arguments)
    linears = [torch.nn.Linear(n, m, dtype=torch.float64) for n, m in ((5, 7), (7, 6), (6, 2))]
    matrices = pruned(torch, linears)
    model = torch.nn.Sequential(linears[0], function, linears[1], function, linears[2])
    table = 3 * some_table(6)
    with torch.no_grad():
        expected = model(torch.from_numpy(table)).numpy()
    spec = transcribe(matrices, [own, own, "identity"], plain_inputs())
    assert_equal_outputs(outputs(spec, table), expected)


def pruned(torch: Any, linears: Sequence[Any]) -> list[tuple[Matrix, Matrix]]:
    """Set 3 of 10 weights of each layer to 0, in place, and return the matrices."""
    rng = np.random.default_rng(8)
    found = []
    for linear in linears:
        weights = linear.weight.detach().numpy().copy()
        weights.flat[rng.permutation(weights.size)[: weights.size * 3 // 10]] = 0.0
        weights[~weights.any(axis=1), 0] = 0.25
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weights))
        found.append((weights, linear.bias.detach().numpy().copy()))
    return found


@pytest.mark.parametrize("name", TORCH_FUNCTIONS)
def test_torch_functions(name, torch):
    """One layer; z is above 0 where the function wants it."""
    weights = np.random.default_rng(9).uniform(0.1, 1, (4, N_INPUTS))
    bias = np.array([0.5, 1, 2, 3])
    table = np.abs(some_table(10))
    if name not in ("sqrt", "log"):
        table[::2] *= -1
    z = torch.from_numpy(table) @ torch.from_numpy(weights).T + torch.from_numpy(bias)
    expected = TORCH_FUNCTIONS[name](torch, z).numpy()
    spec = named_spec([(weights, bias)], [name], plain_inputs())
    assert_equal_outputs(outputs(spec, table), expected)


def test_torch_softmax(torch):
    linear = torch.nn.Linear(N_INPUTS, 4, dtype=torch.float64)
    matrices = pruned(torch, [linear])
    table = 3 * some_table(11)
    with torch.no_grad():
        expected = torch.nn.Softmax(dim=1)(linear(torch.from_numpy(table))).numpy()
    for transcribe, fast in itertools.product((named_spec, bulk_spec), (False, True)):
        spec = transcribe(matrices, ["identity"], plain_inputs(), group="softmax")
        columns = {item.name: table[:, i] for i, item in enumerate(spec.inputs)}
        values = Network(spec).evaluate(columns, fast=fast)
        assert_equal_outputs(np.column_stack(list(values.values())), expected)
