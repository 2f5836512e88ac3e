"""A new activation, aggregation and group are a record each: every evaluator knows them by it.

SQL is not among them yet: its words for functions are still listed by name.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from nnspec.claims.verdicts.precise import precise_values
from nnspec.evaluators.generated.columns import column_function
from nnspec.evaluators.generated.row import row_function
from nnspec.evaluators.reference import evaluate_row
from nnspec.explaining import explain
from nnspec.functions.activations import ACTIVATIONS, ActivationFunction, Traits
from nnspec.functions.activations.record import always
from nnspec.functions.aggregations import AGGREGATIONS, Aggregation, Pointwise
from nnspec.functions.groups import GROUPS, Each, Fold, Group
from nnspec.network import Network
from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron
from nnspec.spec.resolved import Resolved
from nnspec.validation.bounds import bound_units
from nnspec.views import page
from nnspec.views.page.facts import page_facts

ARC_LIKE = ActivationFunction(
    "bent", "z / sqrt(1 + z^2)", "an S from -1 to 1", "none",
    define=lambda m, z: z / m.sqrt(1.0 + z * z),
    known=always(Traits(range=(-1.0, 1.0), lipschitz=1.0, monotonicity="increasing")),
)  # fmt: skip

ROOT_OF_SQUARES = Aggregation(
    "length", "√Σ (w·x)²", "the length of the weighted sources", "the root of the sum of",
    Pointwise(lambda _m, w, x: (w * x) * (w * x), "x", turns=lambda _w: (0.0,)),
    "add", 0.0, finish="root", zero_is_absent=True,
)  # fmt: skip

LOG_SOFTMAX = Group(
    "log-shares", "a - ln Σ exp(a)", "logarithms of a softmax's shares",
    (
        Fold("maximum", matters=False),
        Each(lambda _m, a, _number, greatest: a - greatest),
        Fold("add", of=lambda m, a: m.exp(a)),
        Each(lambda m, a, _number, total: a - m.log(total)),
    ),
    (-math.inf, 0.0),
)  # fmt: skip


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIVATIONS, "bent", ARC_LIKE)
    monkeypatch.setitem(AGGREGATIONS, "length", ROOT_OF_SQUARES)
    monkeypatch.setitem(GROUPS, "log-shares", LOG_SOFTMAX)


def spec() -> NetworkSpec:
    rng = np.random.default_rng(4)
    inputs = tuple(Input(name, range=(-3, 3)) for name in "xy")
    hidden = tuple(
        Neuron(f"h{i}", dict(zip("xy", rng.normal(size=2).tolist(), strict=True)),
               aggregation="length" if i % 2 else None, activation="bent", bias=0.25)
        for i in range(4)
    )  # fmt: skip
    out = tuple(
        Neuron(f"o{i}", dict(zip(["h0", "h1", "h2", "h3"], rng.normal(size=4).tolist(),
                                 strict=True)), activation="bent")
        for i in range(3)
    )  # fmt: skip
    return NetworkSpec("n", inputs, (Layer("h", hidden), Layer("o", out, group="log-shares")))


ROWS = [{"x": 0.5, "y": -1.25}, {"x": -2.0, "y": 0.0}, {"x": 2.5, "y": 3.0}]


def test_every_evaluator_agrees_with_the_reference():
    network = Network(spec())
    columns = {name: np.array([row[name] for row in ROWS]) for name in "xy"}
    arrays = network.evaluator().evaluate(columns, network.neurons)
    generated = column_function(network.compiled).evaluate(
        columns, network.neurons, network.evaluator
    )
    bounds = bound_units(Resolved(network.spec)).values
    value = row_function(network.compiled)
    for i, row in enumerate(ROWS):
        expected = evaluate_row(network.spec, row).outputs
        precise = precise_values(network.spec, row)
        single = value(row)
        for name in network.neurons:
            assert arrays.values[name][i] == pytest.approx(expected[name], rel=1e-12)
            assert generated.values[name][i] == arrays.values[name][i]
            assert float(precise[name]) == pytest.approx(expected[name], rel=1e-12)
            assert bounds[name][0] <= expected[name] <= bounds[name][1]
            if name in network.outputs:
                assert single[name] == arrays.values[name][i]


def test_explanations_add_up():
    network = Network(spec())
    found = explain(network, ROWS[0], baseline=ROWS[2])
    for name in network.outputs:
        reasons = found.output(name)
        total = sum(reason.amount for reason in reasons.by_input.reasons)
        assert total == pytest.approx(reasons.value - reasons.baseline, rel=1e-6)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_the_page_agrees():
    engine = Path(page.__file__).with_name("engine.js")
    program = (
        "const e = require(process.argv[1]);"
        "const jobs = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify(jobs.map(([n, r]) => e.evaluate(n, r).a)));"
    )
    jobs = json.dumps([(page_facts(spec()), row) for row in ROWS])
    done = subprocess.run(
        ["node", "-e", program, str(engine)], input=jobs, capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    for row, found in zip(ROWS, json.loads(done.stdout), strict=True):
        assert found == pytest.approx(list(evaluate_row(spec(), row).outputs.values()), rel=1e-9)
