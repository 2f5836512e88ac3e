"""Faults of claims about two rows: monotone, lipschitz, independent."""

from __future__ import annotations

import numpy as np

from benchmarks.faults.building import (
    Planted,
    Rng,
    Row,
    at,
    corner_size,
    ends,
    network,
    numbers,
    rising,
    sums,
)
from nnspec.spec.model import (
    Activation,
    Independent,
    Input,
    Lipschitz,
    Monotone,
    NetworkSpec,
    Neuron,
    Property,
)


def _moved(row: Row, item: Input, low: float, high: float) -> tuple[Row, Row]:
    """Two rows: one input at two shares of its range."""
    return {**row, item.name: at(item, low)}, {**row, item.name: at(item, high)}


def narrow_fall(rng: Rng, seed: int) -> Planted:
    """A score that rises with an input falls for 1e-3 to 1e-6 of the input's range."""
    inputs = numbers(rng, 2 + seed % 4)
    plain, steepest = rising(rng, inputs)
    item, width, start = inputs[0], 10.0 ** -(3 + seed % 4), round(rng.uniform(0.05, 0.95), 3)
    others = [0.2 if seed % 2 else 0.0] * (len(inputs) - 1)
    fall = 3 * (steepest[0] + 1)

    def build(weight: float) -> NetworkSpec:
        # The score rises by 1 over the range whatever the others do; the ramp takes weight of it.
        line = sums("line", [item], [1], 0)
        ramp = [sums("ramp-on", inputs, [1, *others], -start),
                sums("ramp-off", inputs, [1, *others], -start - width)]  # fmt: skip
        synapses = {**plain.weights, "line": 1, "ramp-on": -weight, "ramp-off": weight}
        return network("narrow", inputs, [*plain.neurons, line, *ramp], [Neuron("score", synapses)])

    row = {i.name: at(i, 0) for i in inputs}
    pair = _moved(row, item, start + width / 4, start + width * 3 / 4)
    claim = Property(Monotone({"score": {item.name: "increasing"}}))
    return Planted("narrow fall", seed, build(0.5), build(round(fall, 3)), claim, pair)


def fall_in_corner(rng: Rng, seed: int) -> Planted:
    """A score that rises with an input falls in a corner of the other inputs."""
    inputs = numbers(rng, 4 + seed % 5)
    plain, steepest = rising(rng, inputs)
    item, others = inputs[0], inputs[1:]
    size = rng.uniform(0.7, 1.3, len(others)).round(2)
    e = min(0.7, corner_size((1e-6, 1e-8)[seed % 2], size))
    at_top = rng.random(len(others)) < 0.5
    c = np.where(at_top, size, -size)
    constant = e - float(size[at_top].sum())
    drag = e / 4

    def build(weight: float) -> NetworkSpec:
        line = sums("line", [item], [1], 0)
        gate = sums("gate", inputs, [drag, *c], constant - drag)
        synapses = {**plain.weights, "line": 1, "gate": -weight}
        return network("gated", inputs, [*plain.neurons, line, gate], [Neuron("score", synapses)])

    row = {i.name: at(i, float(top)) for i, top in zip(others, at_top, strict=True)}
    claim = Property(Monotone({"score": {item.name: "increasing"}}))
    planted = round(3 * (steepest[0] + 1) / drag, 3)
    return Planted("fall in a corner", seed, build(0.5 / drag), build(planted), claim,
                   _moved({**row, item.name: 0.0}, item, 0.25, 1))  # fmt: skip


def wrong_sign_falls(rng: Rng, seed: int) -> Planted:
    """One of 500 synapses has the wrong sign: where few other neurons fire, the score falls."""
    inputs = numbers(rng, 5)
    weights = rng.uniform(0.2, 1, (100, 5)).round(3)
    out = rng.uniform(0.2, 1, 100).round(3)
    biases = -rng.uniform(0.15, 2, 100).round(3)
    biases[seed] = 0.25  # this neuron fires where no other does
    wrong = int(rng.integers(0, 5))

    def build(sign: int) -> NetworkSpec:
        signed = weights.copy()
        signed[seed, wrong] *= sign
        neurons = [sums(f"h{j}", inputs, signed[j], biases[j]) for j in range(100)]
        score = Neuron("score", {f"h{j}": float(v) for j, v in enumerate(out)})
        return network("wide", inputs, neurons, [score])

    claim = Property(Monotone({"score": {item.name: "increasing" for item in inputs}}))
    pair = _moved({i.name: at(i, 0) for i in inputs}, inputs[wrong], 0, 0.02)
    return Planted("wrong sign, monotone", seed, build(1), build(-1), claim, pair)


def steep_between_hinges(rng: Rng, seed: int) -> Planted:
    """A score changes faster than its bound between two hinges, and nowhere else."""
    inputs = numbers(rng, 2 + seed % 3, widest=2)
    plain, steepest = rising(rng, inputs)
    item, width, start = inputs[0], 10.0 ** -(3 + seed % 3), round(rng.uniform(0.05, 0.9), 3)
    others = [0.1 * (-1) ** i for i in range(len(inputs) - 1)]
    low, high = ends(item)

    def build(weight: float) -> NetworkSpec:
        ramp = [sums("ramp-on", inputs, [1, *others], -start),
                sums("ramp-off", inputs, [1, *others], -start - width)]  # fmt: skip
        synapses = {**plain.weights, "ramp-on": weight, "ramp-off": -weight}
        return network("steep", inputs, [*plain.neurons, *ramp], [Neuron("score", synapses)])

    row = {i.name: at(i, 0) for i in inputs}
    bound = round((steepest[0] + 2) / (high - low), 6) + 1e-6
    claim = Property(Lipschitz({"score": {item.name: bound}}))
    pair = _moved(row, item, start + width / 4, start + width * 3 / 4)
    return Planted("lipschitz", seed, build(1), build(round(3 * steepest[0] + 9, 3)), claim, pair)


def beyond_a_clip(rng: Rng, seed: int) -> Planted:
    """What a clip should have made constant still changes near the far end of the range."""
    inputs = numbers(rng, 2 + seed % 3)
    item = inputs[0]
    plain, _ = rising(rng, inputs[1:])
    near_end = 10.0 ** -(2 + seed % 4)
    others = [0.001] * (len(inputs) - 1)
    if seed % 2:  # a difference of two ramps is constant but for rounding
        capped = [sums("up", [item], [1], 0), sums("over", [item], [1], -0.4)]
    else:
        capped = [sums("up", [item], [1], 0, Activation("clip", {"low": 0, "high": 0.4}))]

    def build(weight: float) -> NetworkSpec:
        gate = sums("gate", inputs, [1, *others], near_end / 2 - 1)
        score = Neuron("score", {**plain.weights, "up": 1, "over": -1, "gate": weight})
        if len(capped) == 1:
            score = Neuron("score", {**plain.weights, "up": 1, "gate": weight})
        return network("clip", inputs, [*plain.neurons, *capped, gate], [score])

    claim = Property(Independent({"score": ("x0",)}), when={"x0": (round(at(item, 0.41), 2), None)})
    row = {i.name: at(i, 1) for i in inputs}
    return Planted("beyond a clip", seed, build(0.0), build(1.0), claim, _moved(row, item, 0.9, 1))
