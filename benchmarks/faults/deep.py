"""Faults inside deep networks of generated weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.faults.building import Floats, Planted, Rng, ends, network, numbers, sums
from nnspec.spec.model import Input, Monotone, NetworkSpec, Neuron, Property, Then

Layers = list[list[Neuron]]


def dense_layers(
    rng: Rng, inputs: Sequence[Input], widths: Sequence[int], *, rising: bool = False
) -> Layers:
    """Dense layers of generated weights; with rising, sparse ones, none of them negative."""
    layers: Layers = []
    sources: list[str] | None = None
    for depth, width in enumerate(widths):
        neurons = []
        for j in range(width):
            n = len(inputs) if sources is None else len(sources)
            c, bias = rng.normal(0, 1.4 / n**0.5, n), float(rng.normal(0, 0.3))
            if rising:
                c = rng.lognormal(-1, 1, n) * (rng.random(n) < 0.6)
                bias = -float(rng.uniform(0, 0.6)) * float(c.sum())
            name, c, bias = f"d{depth}-{j}", c.round(4), round(bias, 4)
            if sources is None:
                neurons.append(sums(name, inputs, c, bias))
            else:
                synapses = dict(zip(sources, c.tolist(), strict=True))
                neurons.append(Neuron(name, synapses, bias, "relu"))
        layers.append(neurons)
        sources = [n.name for n in neurons]
    return layers


def _terms(neuron: Neuron) -> list[tuple[str, float]]:
    return [(source, float(weight)) for source, weight in neuron.synapses]


def _bias(neuron: Neuron) -> float:
    return 0.0 if neuron.bias is None else float(neuron.bias)


def forward(layers: Layers, columns: dict[str, Floats]) -> dict[str, Floats]:
    """The neurons of layers of rectifiers, for columns of inputs."""
    values = dict(columns)
    for layer in layers:
        for neuron in layer:
            z = sum((w * values[s] for s, w in _terms(neuron)), np.float64(0)) + _bias(neuron)
            values[neuron.name] = np.maximum(z, 0)
    return values


def deep_region(rng: Rng, seed: int) -> Planted:
    """A deep network whose last hidden layer is at an extreme in one small region only."""
    inputs = numbers(rng, 3 + seed % 4)
    layers = dense_layers(rng, inputs, [12, 10, 8, 8][: 3 + seed % 2])
    last = [n.name for n in layers[-1]]
    direction = rng.normal(size=len(last)).round(3)

    def reached(points: Floats) -> Floats:
        values = forward(layers, {i.name: x for i, x in zip(inputs, points, strict=True)})
        found: Floats = direction @ np.array([values[name] for name in last])
        return found

    best, most, usual = _climbed(rng, inputs, reached)
    threshold = most - 0.15 * (most - usual)
    weights = dict(zip(last, np.abs(direction).tolist(), strict=True))

    def build(bias: float) -> NetworkSpec:
        alarm = Neuron("alarm", dict(zip(last, direction.tolist(), strict=True)), bias, "relu")
        score = Neuron("score", {"alarm": 1})
        other = Neuron("value", weights)
        return network("deep", inputs, *layers, [alarm, other], [score])

    row = {i.name: float(x) for i, x in zip(inputs, best, strict=True)}
    claim = Property(Then({"score": (None, 0.0)}))
    never = -float(_highest(layers, inputs, last, direction)) - 0.01
    return Planted(
        "deep, one region", seed, build(never), build(-round(threshold, 6)), claim, (row,)
    )


def _climbed(
    rng: Rng, inputs: Sequence[Input], reached: Callable[[Floats], Floats]
) -> tuple[Floats, float, float]:
    """The best point of many climbs, what it reaches, and what 1 of 1e5 points reaches."""
    low, high = np.array([ends(i) for i in inputs]).T[:, :, None]
    points = low + (high - low) * rng.random((len(inputs), 100_000))
    values = reached(points)
    usual = float(np.sort(values)[-2])
    top = points[:, np.argsort(-values)[:50]]
    for step in np.geomspace(0.3, 1e-4, 60):
        moved = np.repeat(top, 20, axis=1)
        moved += (high - low) * step * rng.normal(size=moved.shape)
        mixed = np.concatenate([top, np.clip(moved, low, high)], axis=1)
        top = mixed[:, np.argsort(-reached(mixed))[:50]]
    return top[:, 0], float(reached(top[:, :1])[0]), usual


def _highest(
    layers: Layers, inputs: Sequence[Input], last: Sequence[str], direction: Floats
) -> float:
    """What a direction of the last layer cannot exceed, by interval arithmetic."""
    bounds = {i.name: ends(i) for i in inputs}
    for layer in layers:
        for neuron in layer:
            low = sum(w * bounds[s][w < 0] for s, w in _terms(neuron)) + _bias(neuron)
            high = sum(w * bounds[s][w >= 0] for s, w in _terms(neuron)) + _bias(neuron)
            bounds[neuron.name] = (max(low, 0.0), max(high, 0.0))
    return float(sum(w * bounds[s][w >= 0] for s, w in zip(last, direction.tolist(), strict=True)))


def deep_wrong_sign(rng: Rng, seed: int) -> Planted:
    """A deep network that an input never lowers; one synapse inside has the wrong sign."""
    inputs = numbers(rng, 3 + seed % 3)
    low, high = np.array([ends(i) for i in inputs]).T[:, :, None]
    points = low + (high - low) * rng.random((len(inputs), 20_000))
    moved = points.copy()
    moved[0] = np.minimum(high[0], points[0] + 1e-3 * (high - low)[0])
    rarest = None
    while rarest is None:
        layers = dense_layers(rng, inputs, [8, 6, 5][: 2 + seed % 2], rising=True)
        last = {n.name: round(float(rng.uniform(0.2, 1)), 3) for n in layers[-1]}
        rarest = _rarest(layers, last, inputs, points, moved)
    layer, neuron, synapse, at_ = rarest

    def build(wrong: bool) -> NetworkSpec:
        changed = _flipped(layers, layer, neuron, synapse) if wrong else layers
        return network("deep", inputs, *changed, [Neuron("score", last)])

    pair = tuple(
        {i.name: float(x) for i, x in zip(inputs, p[:, at_], strict=True)} for p in (points, moved)
    )
    claim = Property(Monotone({"score": {"x0": "increasing"}}))
    return Planted("deep, wrong sign", seed, build(False), build(True), claim, pair)


def _flipped(layers: Layers, layer: int, neuron: int, synapse: int) -> Layers:
    own = layers[layer][neuron]
    synapses = [(s, -w if k == synapse else w) for k, (s, w) in enumerate(_terms(own))]
    changed = list(layers[layer])
    changed[neuron] = Neuron(own.name, synapses, own.bias, own.activation)
    return [*layers[:layer], changed, *layers[layer + 1 :]]


def _rarest(
    layers: Layers, last: dict[str, float], inputs: Sequence[Input], points: Floats, moved: Floats
) -> tuple[int, int, int, int] | None:
    """The synapse whose wrong sign shows at the fewest points, but at some; and one of them.

    None if that is more than one point in a hundred.
    """
    best: tuple[int, tuple[int, int, int, int]] | None = None
    for layer, neurons in enumerate(layers):
        for neuron, own in enumerate(neurons):
            for synapse, (_, weight) in enumerate(own.synapses):
                if weight == 0 or (layer == 0 and synapse > 0):
                    continue
                changed = _flipped(layers, layer, neuron, synapse)
                before = _scored(changed, last, inputs, points)
                fall = before - _scored(changed, last, inputs, moved)
                shown = np.flatnonzero(fall > 1e-9)
                if 0 < len(shown) < (len(before) / 100 if best is None else best[0]):
                    deepest = int(shown[fall[shown].argmax()])
                    best = len(shown), (layer, neuron, synapse, deepest)
    return None if best is None else best[1]


def _scored(
    layers: Layers, last: dict[str, float], inputs: Sequence[Input], points: Floats
) -> Floats:
    values = forward(layers, {i.name: x for i, x in zip(inputs, points, strict=True)})
    return np.array(sum(w * values[name] for name, w in last.items()))
