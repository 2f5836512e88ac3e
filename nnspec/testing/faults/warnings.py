"""What rules warn of, by code: each makes a plain network doubtful in one way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from nnspec.testing.faults.sketches import ADDED, Fault, Sketch
from nnspec.testing.strategies.parts import Draw


def plain_data(draw: Draw) -> dict[str, Any]:
    """A network of which nothing is to be said: all its parts are used, and none twice."""
    n_inputs, n_neurons = draw(st.integers(1, 3)), draw(st.integers(2, 4))
    weights = st.integers(1, 4)
    inputs = [f"fact-{i + 1}" for i in range(n_inputs)]
    hidden = {
        f"view-{i + 1}": {"bias": -i - 1, "synapses": {name: draw(weights) for name in inputs}}
        for i in range(n_neurons)
    }
    output = {"bias": draw(weights), "synapses": {name: draw(weights) for name in hidden}}
    return {
        "nnspec": 1,
        "name": "plain",
        "inputs": {name: {"range": [0, 10]} for name in inputs},
        "layers": [
            {"name": "hidden", "activation": "relu", "neurons": hidden},
            {"name": "output", "neurons": {"verdict": output}},
        ],
    }


def _zero_weight(sketch: Sketch) -> None:
    _hidden(sketch)["view-1"]["synapses"]["fact-1"] = sketch.pick(0, 0.0, -0.0)


def _unused_neuron(sketch: Sketch) -> None:
    _hidden(sketch)[ADDED] = {"bias": 5, "synapses": {"fact-1": 1}}


def _unused_input(sketch: Sketch) -> None:
    sketch.add_input(range=[0, 10])


def _duplicate_neurons(sketch: Sketch) -> None:
    view = _hidden(sketch)["view-1"]
    _add_view(sketch, {**view, "synapses": dict(view["synapses"])})


def _dead_neuron(sketch: Sketch) -> None:
    _add_view(sketch, {"bias": sketch.pick(-1000, -10_000), "synapses": {"fact-1": 1}})


def _saturated_neuron(sketch: Sketch) -> None:
    activation = sketch.pick("step", "sigmoid", "hard-sigmoid")
    _add_view(sketch, {"activation": activation, "bias": 1000, "synapses": {"fact-1": 1}})


def _unscaled_units(sketch: Sketch) -> None:
    _hidden(sketch)["view-1"]["synapses"][sketch.add_input(range=[0, 10])] = 1e12


def _unused_parameter(sketch: Sketch) -> None:
    sketch.data["parameters"] = {ADDED: 1.0}


def _hidden(sketch: Sketch) -> dict[str, Any]:
    neurons: dict[str, Any] = sketch.data["layers"][0]["neurons"]
    return neurons


def _add_view(sketch: Sketch, neuron: dict[str, Any]) -> None:
    _hidden(sketch)[ADDED] = neuron
    sketch.data["layers"][1]["neurons"]["verdict"]["synapses"][ADDED] = 1


WARNINGS: Mapping[str, Fault] = {
    "NS901": _zero_weight,
    "NS902": _unused_neuron,
    "NS903": _unused_input,
    "NS904": _duplicate_neurons,
    "NS905": _dead_neuron,
    "NS906": _saturated_neuron,
    "NS907": _unscaled_units,
    "NS908": _unused_parameter,
}
"""By the code of the warning that each gives."""
