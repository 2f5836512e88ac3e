"""Faults of keys, words and numbers: each function spoils a sketch so that its rule finds it."""

from __future__ import annotations

from nnspec.testing.faults.sketches import ABSENT, ADDED, Sketch


def unknown_key(sketch: Sketch) -> None:
    """NS201."""
    _, neuron = sketch.neuron()
    sketch.pick(neuron, sketch.data, sketch.layer())[sketch.pick("remark", "notes", "colour")] = 1


def missing_key(sketch: Sketch) -> None:
    """NS202."""
    del sketch.data[sketch.pick("name", "layers", "inputs")]


def wrong_type(sketch: Sketch) -> None:
    """NS203."""
    sketch.data["description"] = sketch.pick(5, True, ["a"], {"a": "b"})


def unknown_word(sketch: Sketch) -> None:
    """NS204."""
    _, neuron = sketch.neuron()
    if sketch.pick(True, False):
        neuron["aggregation"] = sketch.pick("total", "avg", "MAX")
    else:
        sketch.layer()["group"] = sketch.pick("softmin", "Softmax")


def wrong_count(sketch: Sketch) -> None:
    """NS205."""
    sketch.add_input(range=sketch.pick([1], [], [1, 2, 3]))


def number_out_of_bounds(sketch: Sketch) -> None:
    """NS206."""
    name, _ = sketch.neuron()
    sketch.claim(lipschitz={name: {sketch.add_input(range=[0, 10]): sketch.pick(-1, -0.5)}})


def reserved(sketch: Sketch) -> None:
    """NS207."""
    sketch.data[sketch.pick("run", "use")] = {}


def keys_that_exclude(sketch: Sketch) -> None:
    """NS208."""
    sketch.layer()["size"] = 1


def unknown_version(sketch: Sketch) -> None:
    """NS209."""
    sketch.data["nnspec"] = sketch.pick(2, 0, "1", True)


def unknown_activation(sketch: Sketch) -> None:
    """NS210."""
    _, neuron = sketch.neuron()
    neuron["activation"] = sketch.pick("rely", "ReLU", "sofplus")


def activation_parameter(sketch: Sketch) -> None:
    """NS211."""
    _, neuron = sketch.neuron()
    neuron["activation"] = sketch.pick(
        {"leaky-relu": {"slop": 1}}, {"clip": {"low": 2, "high": 1}}, {"relu": {"slope": 1}}
    )


def dangling_synapse(sketch: Sketch) -> None:
    """NS301."""
    _, neuron = sketch.neuron()
    neuron["synapses"][sketch.pick(*ABSENT)] = 1


def unknown_parameter(sketch: Sketch) -> None:
    """NS302."""
    _, neuron = sketch.neuron()
    if sketch.pick(True, False):
        neuron["bias"] = sketch.pick(*ABSENT)
    else:
        neuron["synapses"][sketch.pick(*neuron["synapses"])] = sketch.pick(*ABSENT)


def duplicate_name(sketch: Sketch) -> None:
    """NS303."""
    name, _ = sketch.neuron()
    sketch.data["parameters"] = {**sketch.data.get("parameters", {}), name: 1.0}


def invalid_name(sketch: Sketch) -> None:
    """NS304."""
    sketch.data["name"] = sketch.pick("two words", "é", "1a", "a.b", "")


def unknown_output(sketch: Sketch) -> None:
    """NS305."""
    names = [name for name, _ in sketch.neurons()]
    sketch.data["outputs"] = sketch.pick([*ABSENT[:1]], [names[0], names[0]], [names[0], ABSENT[1]])


def unknown_bulk_source(sketch: Sketch) -> None:
    """NS306."""
    sketch.add_bulk(sketch.pick(*ABSENT))


def duplicate_category(sketch: Sketch) -> None:
    """NS307."""
    sketch.add_input(type="category", categories=sketch.pick(["a", "a"], [1, "1"], [True, "true"]))


def whole_category(sketch: Sketch) -> None:
    """NS308."""
    _, neuron = sketch.neuron()
    neuron["synapses"][sketch.add_input(type="category", categories=["a", "b"])] = 1


def backward_synapse(sketch: Sketch) -> None:
    """NS401."""
    name, neuron = sketch.neuron()
    neuron["synapses"][name] = 1


def empty_layer(sketch: Sketch) -> None:
    """NS402."""
    sketch.data["layers"].insert(0, {"name": ADDED, "neurons": {}})


def neuron_without_synapses(sketch: Sketch) -> None:
    """NS403."""
    _, neuron = sketch.neuron()
    neuron["synapses"] = {}


def reversed_range(sketch: Sketch) -> None:
    """NS501."""
    if sketch.pick(True, False):
        sketch.add_input(range=[2, 1])
    else:
        sketch.neuron()[1]["range"] = [1, 0]


def weights_shape(sketch: Sketch) -> None:
    """NS502."""
    sketch.add_bulk(**sketch.pick(
        {"weights": [[1.0, 2.0]]}, {"size": 2}, {"weights": [[1.0], [2.0]]}, {"bias": [1.0, 2.0]}
    ))  # fmt: skip


def sparse_entry(sketch: Sketch) -> None:
    """NS503."""
    entry = sketch.pick([1, 0, 1.0], [0, 1, 1.0], [0, 0, 2.0])
    sketch.add_bulk(weights={"sparse": [[0, 0, 1.0], entry]})


def degenerate_transform(sketch: Sketch) -> None:
    """NS504."""
    step = sketch.pick(
        {"clip": [2, 1]},
        {"standardize": {"mean": 0, "deviation": 0}},
        {"rescale": {"from": [1, 1], "to": [0, 1]}},
    )
    sketch.add_input(range=[0, 10], transform=step)


def undefined_transform(sketch: Sketch) -> None:
    """NS505."""
    sketch.add_input(range=[-1, 1], transform=sketch.pick("log", "sqrt", ["log1p"]))


def impossible_stand_in(sketch: Sketch) -> None:
    """NS506."""
    sketch.add_input(range=[0, 10], missing=sketch.pick(11, -1, "nothing", True))


def over_budget(sketch: Sketch) -> None:
    """NS507."""
    sketch.add_bulk(size=10**9, weights={"sparse": [[0, 0, 1.0]]})
