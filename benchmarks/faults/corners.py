"""Faults that show in a small part of the domain: corners of it, and bumps inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.faults.building import (
    Floats,
    Planted,
    Rng,
    at,
    base,
    corner,
    network,
    numbers,
    size_at,
    sums,
)
from nnspec.spec.model import Input, Linear, NetworkSpec, Neuron, Ordered, Property, Then

BEYOND = 1e3
"""How many times the bound a fault carries the score."""

VOLUMES = (1e-6, 1e-9)


def corner_of_inputs(rng: Rng, seed: int) -> Planted:
    """One neuron fires in a corner of 3 to 10 inputs, a millionth of the domain or less."""
    inputs = numbers(rng, 3 + seed % 8)
    plain = base(rng, inputs)
    c, constant, tip = corner(rng, inputs, VOLUMES[seed % 2])
    score = Neuron("score", {**plain.weights, "alarm": BEYOND * plain.most})

    def build(z: float) -> NetworkSpec:
        return network("corner", inputs, [*plain.neurons, sums("alarm", inputs, c, z)], [score])

    never = constant - size_at(inputs, c, constant, tip) - 0.01
    claim = Property(Then({"score": (None, plain.most)}))
    return Planted("corner", seed, build(never), build(constant), claim, (tip,))


def corner_of_layers(rng: Rng, seed: int) -> Planted:
    """Two neurons of different inputs must fire at once for a third to fire."""
    inputs = numbers(rng, 4 + seed % 5)
    plain = base(rng, inputs)
    half = len(inputs) // 2
    halves, tip = [], {}
    for name, part in (("one", inputs[:half]), ("other", inputs[half:])):
        c, constant, own_tip = corner(rng, part, VOLUMES[seed % 2] ** 0.5)
        size = size_at(part, c, constant, own_tip)
        halves.append(sums(name, part, c / size, constant / size))  # 1 at its tip
        tip.update(own_tip)
    score = Neuron("score", {**plain.weights, "alarm": BEYOND * plain.most})

    def build(threshold: float) -> NetworkSpec:
        alarm = Neuron("alarm", {"one": 1, "other": 1}, -threshold, "relu")
        return network("halves", inputs, [*plain.neurons, *halves], [alarm], [score])

    claim = Property(Then({"score": (None, plain.most)}))
    return Planted("corner in two layers", seed, build(2.01), build(1.2), claim, (tip,))


def bump(rng: Rng, seed: int) -> Planted:
    """A bump inside the domain, as wide as 1e-2 to 1e-3 of each of 2 or 3 inputs."""
    k = 2 + (seed // 4) % 2
    inputs = numbers(rng, k + int(rng.integers(0, 3)))
    plain = base(rng, inputs)
    centres = rng.uniform(0.05, 0.95, k).round(3)
    widths = 10 ** rng.uniform(-3, -2, k)
    tents, build_alarm, never = _TENTS[seed % 4](inputs[:k], centres, widths)
    score = Neuron("score", {**plain.weights, "alarm": BEYOND * plain.most})

    def build(planted: bool) -> NetworkSpec:
        alarm = build_alarm(-0.5 if planted else never)
        first = [n for n in tents if not n.name.startswith("tent")]
        second = [n for n in tents if n.name.startswith("tent")]
        hidden = [[*plain.neurons, *first], second, [alarm], [score]]
        return network("bump", inputs, *[layer for layer in hidden if layer])

    row = {item.name: at(item, 0.5) for item in inputs}
    row.update({i.name: at(i, float(c)) for i, c in zip(inputs[:k], centres, strict=True)})
    claim = Property(Then({"score": (None, plain.most)}))
    return Planted("bump", seed, build(False), build(True), claim, (row,))


Tents = tuple[list[Neuron], Callable[[float], Neuron], float]


def _summed_tents(inputs: Sequence[Input], centres: Floats, widths: Floats) -> Tents:
    """Hinges before, at and behind each centre; the alarm sums them all."""
    neurons, synapses = [], {}
    for item, centre, width in zip(inputs, centres, widths, strict=True):
        for part, offset, weight in (("rise", -1, 1), ("turn", 0, -2), ("end", 1, 1)):
            name = f"{part}-{item.name}"
            neurons.append(sums(name, [item], [1 / width], offset_of(centre, offset, width)))
            synapses[name] = weight
    k = len(inputs)
    return neurons, lambda z: Neuron("alarm", synapses, z - (k - 1), "relu"), -1.2


def offset_of(centre: float, offset: float, width: float) -> float:
    """The constant of z = (share - centre) / width - offset."""
    return -float(centre / width) - offset


def _least_tents(inputs: Sequence[Input], centres: Floats, widths: Floats) -> Tents:
    """The alarm looks at the least of the tents, which is 0 nearly everywhere."""
    neurons, _, _ = _summed_tents(inputs, centres, widths)
    for item in inputs:
        parts = {f"rise-{item.name}": 1, f"turn-{item.name}": -2, f"end-{item.name}": 1}
        neurons.append(Neuron(f"tent-{item.name}", parts))
    synapses = {f"tent-{item.name}": 1 for item in inputs}
    return neurons, lambda z: Neuron("alarm", synapses, z, "relu", "min"), -1.1


def _distant_tents(inputs: Sequence[Input], centres: Floats, widths: Floats) -> Tents:
    """The alarm looks at distances, which lead to it from anywhere."""
    neurons, synapses = [], {}
    for item, centre, width in zip(inputs, centres, widths, strict=True):
        name = f"far-{item.name}"
        neurons.append(sums(name, [item], [1 / width], offset_of(centre, 0, width), "abs"))
        synapses[name] = -1
    return neurons, lambda z: Neuron("alarm", synapses, z + 1, "relu"), -1.2


def _oblique_tents(inputs: Sequence[Input], centres: Floats, widths: Floats) -> Tents:
    """Tents across directions in which several inputs share: no input leads there by itself."""
    k = len(inputs)
    turned, _ = np.linalg.qr(np.random.default_rng(int(centres[0] * 1000)).normal(size=(k, k)))
    neurons, synapses = [], {}
    for j, (c, width) in enumerate(zip(turned.round(3), widths, strict=True)):
        for part, offset, weight in (("rise", -1, 1), ("turn", 0, -2), ("end", 1, 1)):
            constant = offset_of(float(c @ centres), offset, width)
            neurons.append(sums(f"{part}-{j}", inputs, c / width, constant))
            synapses[f"{part}-{j}"] = weight
    return neurons, lambda z: Neuron("alarm", synapses, z - (k - 1), "relu"), -1.2


_TENTS = (_summed_tents, _least_tents, _distant_tents, _oblique_tents)


def ordered_corner(rng: Rng, seed: int) -> Planted:
    """A low estimate exceeds the high one in a corner."""
    inputs = numbers(rng, 3 + seed % 6)
    plain = base(rng, inputs)
    c, constant, tip = corner(rng, inputs, VOLUMES[seed % 2])
    size = size_at(inputs, c, constant, tip)

    def build(weight: float) -> NetworkSpec:
        hidden = [*plain.neurons, sums("spike", inputs, c / size, constant / size)]
        low = Neuron("low", {**plain.weights, "spike": weight})
        high = Neuron("high", {**plain.weights}, 0.5)
        return network("estimates", inputs, hidden, [low, high])

    claim = Property(Ordered((("low", "high"),)))
    return Planted("ordered pair", seed, build(0.4), build(100.0), claim, (tip,))


def linear_miss(rng: Rng, seed: int) -> Planted:
    """A balance is missed by a millionth of its scale, in a corner."""
    inputs = (
        Input("income", range=(0, 1e6)), Input("rent", range=(0, 5e4)),
        *numbers(rng, 1 + seed % 3),
    )  # fmt: skip
    c, constant, tip = corner(rng, inputs, 10.0 ** -(5 + seed % 4))
    size = size_at(inputs, c, constant, tip)
    high = {"income": 0.25, "rent": 0.5, "spike": 1}

    def build(weight: float) -> NetworkSpec:
        spike = sums("spike", inputs, weight * c / size, weight * constant / size)
        total = Neuron("total", high, 1000)
        return network("balance", inputs, [spike], [total])

    # The scale of the total is 276,000; the allowance in the claim is half a millionth of it.
    claim = Property(Linear(("4*total - income - 2*rent <= 4000.5",)))
    return Planted("linear claim", seed, build(0.1), build(0.276), claim, (tip,))
