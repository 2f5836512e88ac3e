"""Faults of smooth networks: bumps, steep turns, a class that should not win."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.faults.building import (
    Base,
    Planted,
    Rng,
    Row,
    at,
    base,
    corner,
    network,
    numbers,
    shares,
    size_at,
    sums,
)
from nnspec.spec.model import Input, Layer, NetworkSpec, Neuron, Property, Then


def smooth_bump(rng: Rng, seed: int) -> Planted:
    """A narrow gaussian bump, or a steep tanh in a corner, among smooth neurons."""
    inputs = numbers(rng, 3 + seed % 2, widest=2)
    waves = [
        sums(f"wave-{i}", inputs, rng.normal(0, 2, len(inputs)).round(3), 0.1 * i, "tanh")
        for i in range(8)
    ]
    weights = {n.name: round(float(rng.normal()), 3) for n in waves}
    most = float(np.abs(list(weights.values())).sum()) + 0.5
    bump, row = (_gaussian if seed % 2 else _steep_tanh)(rng, inputs)

    def build(weight: float) -> NetworkSpec:
        layers = [[*waves, *bump[:-1]], [bump[-1]]]
        score = Neuron("score", {**weights, bump[-1].name: weight})
        return network("smooth", inputs, *layers, [score])

    claim = Property(Then({"score": (None, round(most, 3))}))
    # Both bumps stay between -1 and 1.
    return Planted("smooth", seed, build(0.4), build(100 * most), claim, (row,))


def _gaussian(rng: Rng, inputs: Sequence[Input]) -> tuple[list[Neuron], Row]:
    """A bump a hundredth as wide as each range."""
    centre = rng.uniform(0.1, 0.9, len(inputs)).round(2)
    width = 0.01
    scaled = []
    for item in inputs:
        synapses, bias = shares([item], [1 / width], 0)
        scaled.append(Neuron(f"scaled-{item.name}", synapses, bias))
    at_centre = {n.name: float(c / width) for n, c in zip(scaled, centre, strict=True)}
    bump = Neuron("bump", at_centre, 0, "gaussian", "distance")
    row = {item.name: at(item, float(c)) for item, c in zip(inputs, centre, strict=True)}
    return [*scaled, bump], row


def _steep_tanh(rng: Rng, inputs: Sequence[Input]) -> tuple[list[Neuron], Row]:
    """A tanh that turns from -1 to 1 within a millionth of the box, at a corner."""
    c, constant, tip = corner(rng, inputs, 1e-6)
    gate = sums("gate", inputs, 1e3 * c, 1e3 * constant, "tanh")
    # -1 elsewhere would show nothing: the claim is about too high a score.
    return [gate, Neuron("bump", {"gate": 0.5}, 0.5)], tip


def softmax_class(rng: Rng, seed: int) -> Planted:
    """A class that should never be likely is, in a corner."""
    inputs = numbers(rng, 3 + seed % 3)
    plain = base(rng, inputs, 9)
    c, constant, tip = corner(rng, inputs, (1e-6, 1e-7)[seed % 2])
    size = size_at(inputs, c, constant, tip)
    reach = _reach(plain)

    def build(weight: float) -> NetworkSpec:
        spike = sums("spike", inputs, c / size, constant / size)
        classes = [
            Neuron("never", {"spike": weight}, -2 * reach - 1),
            *[Neuron(f"class-{i}", {f"base-{j}": plain.weights[f"base-{j}"]
                                    for j in range(3 * i, 3 * i + 3)}) for i in range(3)],
        ]  # fmt: skip
        hidden = Layer("hidden", (*plain.neurons, spike))
        out = Layer("classes", tuple(classes), group="softmax")
        return NetworkSpec("classes", inputs, (hidden, out))

    claim = Property(Then({"never": (None, 0.5)}))
    return Planted("softmax", seed, build(0.5), build(100 * reach), claim, (tip,))


def _reach(plain: Base) -> float:
    """How far from 0 the base's sums can be at most, whichever terms are taken."""
    total = 0.0
    for neuron in plain.neurons:
        total += abs(plain.weights[neuron.name]) * 20
    return total
