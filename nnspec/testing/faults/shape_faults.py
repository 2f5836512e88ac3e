"""Faults of keys, words and numbers, by code: each spoils a sketch so that its rule finds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnspec.functions.transforms import TRANSFORMS
from nnspec.testing.faults.sketches import ABSENT, ADDED, Fault, Sketch


def _top(key: str, *values: Any) -> Fault:
    """One of some values for a key of the spec itself."""

    def spoil(sketch: Sketch) -> None:
        sketch.data[key] = sketch.pick(*values)

    return spoil


def _neuron(key: str, *values: Any) -> Fault:
    """One of some values for a key of a neuron."""

    def spoil(sketch: Sketch) -> None:
        sketch.neuron()[1][key] = sketch.pick(*values)

    return spoil


def _input(*facts: dict[str, Any]) -> Fault:
    """One more input, of some facts."""

    def spoil(sketch: Sketch) -> None:
        sketch.add_input(**sketch.pick(*facts))

    return spoil


def _bulk(*facts: dict[str, Any]) -> Fault:
    """One more layer that is given by matrices, of some facts."""
    return lambda sketch: sketch.add_bulk(**sketch.pick(*facts))


def _either(*faults: Fault) -> Fault:
    return lambda sketch: sketch.pick(*faults)(sketch)


def _unknown_key(sketch: Sketch) -> None:
    _, neuron = sketch.neuron()
    sketch.pick(neuron, sketch.data, sketch.layer())[sketch.pick("remark", "notes", "colour")] = 1


def _missing_key(sketch: Sketch) -> None:
    del sketch.data[sketch.pick("name", "layers", "inputs")]


def _unknown_group(sketch: Sketch) -> None:
    sketch.layer()["group"] = sketch.pick("softmin", "Softmax")


def _number_out_of_bounds(sketch: Sketch) -> None:
    name, _ = sketch.neuron()
    sketch.claim(lipschitz={name: {sketch.add_input(range=[0, 10]): sketch.pick(-1, -0.5)}})


def _reserved(sketch: Sketch) -> None:
    sketch.data[sketch.pick("run", "use")] = {}


def _keys_that_exclude(sketch: Sketch) -> None:
    sketch.layer()["size"] = 1


def _dangling_synapse(sketch: Sketch) -> None:
    sketch.neuron()[1]["synapses"][sketch.pick(*ABSENT)] = 1


def _unknown_parameter(sketch: Sketch) -> None:
    synapses = sketch.neuron()[1]["synapses"]
    synapses[sketch.pick(*synapses)] = sketch.pick(*ABSENT)


def _duplicate_name(sketch: Sketch) -> None:
    name, _ = sketch.neuron()
    sketch.data["parameters"] = {**sketch.data.get("parameters", {}), name: 1.0}


def _unknown_output(sketch: Sketch) -> None:
    names = [name for name, _ in sketch.neurons()]
    sketch.data["outputs"] = sketch.pick([*ABSENT[:1]], [names[0], names[0]], [names[0], ABSENT[1]])


def _whole_category(sketch: Sketch) -> None:
    _, neuron = sketch.neuron()
    neuron["synapses"][sketch.add_input(type="category", categories=["a", "b"])] = 1


def _backward_synapse(sketch: Sketch) -> None:
    name, neuron = sketch.neuron()
    neuron["synapses"][name] = 1


def _empty_layer(sketch: Sketch) -> None:
    sketch.data["layers"].insert(0, {"name": ADDED, "neurons": {}})


_POSITIVE = [name for name, record in TRANSFORMS.items() if record.domain[0] >= -1]
"""Transforms that are undefined at -1."""

FAULTS: Mapping[str, Fault] = {
    "NS201": _unknown_key,
    "NS202": _missing_key,
    "NS203": _top("description", 5, True, ["a"], {"a": "b"}),
    "NS204": _either(_neuron("aggregation", "total", "avg", "MAX"), _unknown_group),
    "NS205": _input({"range": [1]}, {"range": []}, {"range": [1, 2, 3]}),
    "NS206": _number_out_of_bounds,
    "NS207": _reserved,
    "NS208": _keys_that_exclude,
    "NS209": _top("nnspec", 2, 0, "1", True),
    "NS210": _neuron("activation", "rely", "ReLU", "sofplus"),
    "NS211": _neuron(
        "activation",
        {"leaky-relu": {"slop": 1}}, {"clip": {"low": 2, "high": 1}}, {"relu": {"slope": 1}},
    ),
    "NS301": _dangling_synapse,
    "NS302": _either(_neuron("bias", *ABSENT), _unknown_parameter),
    "NS303": _duplicate_name,
    "NS304": _top("name", "two words", "é", "1a", "a.b", ""),
    "NS305": _unknown_output,
    "NS306": lambda sketch: sketch.add_bulk(sketch.pick(*ABSENT)),
    "NS307": _input(*({"type": "category", "categories": twice}
                      for twice in (["a", "a"], [1, "1"], [True, "true"]))),
    "NS308": _whole_category,
    "NS401": _backward_synapse,
    "NS402": _empty_layer,
    "NS403": _neuron("synapses", {}),
    "NS501": _either(_input({"range": [2, 1]}), _neuron("range", [1, 0])),
    "NS502": _bulk(
        {"weights": [[1.0, 2.0]]}, {"size": 2}, {"weights": [[1.0], [2.0]]}, {"bias": [1.0, 2.0]}
    ),
    "NS503": _bulk(*({"weights": {"sparse": [[0, 0, 1.0], entry]}}
                     for entry in ([1, 0, 1.0], [0, 1, 1.0], [0, 0, 2.0]))),
    "NS504": _input(*({"range": [0, 10], "transform": step} for step in (
        {"clip": [2, 1]},
        {"standardize": {"mean": 0, "deviation": 0}},
        {"rescale": {"from": [1, 1], "to": [0, 1]}},
    ))),
    "NS505": _input(*({"range": [-1, 1], "transform": t} for t in _POSITIVE)),
    "NS506": _input(*({"range": [0, 10], "missing": m} for m in (11, -1, "nothing", True))),
    "NS507": _bulk({"size": 10**9, "weights": {"sparse": [[0, 0, 1.0]]}}),
}  # fmt: skip
"""By the code of the diagnostic that each gives."""
