"""Faults at unusual scales."""

from __future__ import annotations

import numpy as np

from benchmarks.faults.building import (
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
from nnspec.spec.model import Input, Monotone, NetworkSpec, Neuron, Property, Then, Transform


def unusual_scale(rng: Rng, seed: int) -> Planted:
    """Ranges of a millionth and of a million, logarithms, and ranges that are open."""
    return (_tiny_and_huge, _small_of_log, _open_range)[seed % 3](rng, seed)


def _tiny_and_huge(rng: Rng, seed: int) -> Planted:
    inputs = (
        Input("tiny", range=(0, 1e-6)), Input("huge", range=(-1e6, 1e6)),
        Input("share", range=(0.25, 0.5)), *numbers(rng, seed % 2),
    )  # fmt: skip
    plain = base(rng, inputs)
    c, constant, tip = corner(rng, inputs, 1e-7)
    size = size_at(inputs, c, constant, tip)

    def build(weight: float) -> NetworkSpec:
        spike = sums("spike", inputs, c / size, constant / size)
        score = Neuron("score", {**plain.weights, "spike": weight})
        return network("scales", inputs, [*plain.neurons, spike], [score])

    claim = Property(Then({"score": (None, plain.most)}))
    return Planted("unusual scale", seed, build(0.5), build(100 * plain.most), claim, (tip,))


def _small_of_log(rng: Rng, seed: int) -> Planted:
    """A concentration from 1e-6 to 1e6 by its logarithm; the fault is between 1e-3 and 2e-3."""
    inputs = (
        Input("dose", range=(1e-6, 1e6), transforms=(Transform("log"),)),
        *numbers(rng, 1 + seed % 2),
    )  # fmt: skip
    centre = round(float(np.log(10 ** rng.uniform(-5, -2))), 3)

    def build(weight: float) -> NetworkSpec:
        far = Neuron("far", {"dose": 1}, -centre, "abs")
        near = Neuron("near", {"far": -1}, 0.3, "relu")
        plain = base(np.random.default_rng(seed), inputs[1:])
        score = Neuron("score", {**plain.weights, "near": weight})
        return network("dose", inputs, [*plain.neurons, far], [near], [score])

    most = base(np.random.default_rng(seed), inputs[1:]).most
    row = {"dose": float(np.exp(centre)), **{i.name: at(i, 0.5) for i in inputs[1:]}}
    claim = Property(Then({"score": (None, most)}))
    return Planted("unusual scale", seed, build(0.5), build(100 * most), claim, (row,))


def _open_range(rng: Rng, seed: int) -> Planted:
    """An input has no upper end; beyond 1e4 to 1e9 the score falls for a while."""
    start = float(round(10 ** rng.uniform(4, 9)))
    inputs = (Input("turnover", range=(0, None)), *numbers(rng, 2))

    def build(weight: float) -> NetworkSpec:
        hinges = [Neuron("late", {"turnover": 1 / start}, -1, "relu"),
                  Neuron("later", {"turnover": 1 / start}, -1.01, "relu")]  # fmt: skip
        score = Neuron("score", {"turnover": 1 / start, "late": -weight, "later": weight})
        return network("turnover", inputs, hinges, [score])

    row = {i.name: at(i, 0.5) for i in inputs[1:]}
    claim = Property(Monotone({"score": {"turnover": "increasing"}}))
    pair = ({"turnover": start * 1.002, **row}, {"turnover": start * 1.008, **row})
    return Planted("unusual scale", seed, build(0.5), build(1.5), claim, pair)
