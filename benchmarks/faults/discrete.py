"""Faults among whole numbers, categories and booleans, and on boundaries."""

from __future__ import annotations

import numpy as np

from benchmarks.faults.building import Planted, Rng, Row, at, base, network, numbers, shares, sums
from nnspec.spec.model import Input, Linear, NetworkSpec, Neuron, Ordered, Property, Then


def off_by_one(rng: Rng, seed: int) -> Planted:
    """A threshold is one off, or met where it should be passed; it shows at one value only."""
    return _OFF_BY_ONE[seed % len(_OFF_BY_ONE)](rng, seed)


FAMILY = "off by one"


def _silent_up_to_100(rng: Rng, seed: int) -> Planted:
    """A neuron that should be silent up to 100 years fires at 100."""
    inputs = (Input("age", "integer", range=(0, 250)), *numbers(rng, 3))
    plain = base(rng, inputs)

    def build(bias: float) -> NetworkSpec:
        historic = Neuron("historic", {"age": 1}, bias, "step")
        score = Neuron("score", {**plain.weights, "historic": plain.most})
        return network("historic", inputs, [*plain.neurons, historic], [score])

    claim = Property(Then({"historic": 0.0}), when={"age": (None, 100)})
    row = {"age": 100, **{i.name: at(i, 0.5) for i in inputs[1:]}}
    return Planted(FAMILY, seed, build(-101), build(-100), claim, (row,))


def _young_and_old(rng: Rng, seed: int) -> Planted:
    """At exactly 100 a house is both young and old; ages are any numbers."""
    inputs = (Input("age", range=(0, 250)), *numbers(rng, 2))

    def build(bias: float) -> NetworkSpec:
        old = Neuron("old", {"age": 1}, -100, "step")
        young = Neuron("young", {"age": -1}, bias, "step")
        return network("ages", inputs, [old, young])

    claim = Property(Linear(("old + young <= 1",)))
    row = {"age": 100.0, **{i.name: at(i, 0.5) for i in inputs[1:]}}
    return Planted(FAMILY, seed, build(99.9999999), build(100), claim, (row,))


def _salary(rng: Rng, seed: int) -> Planted:
    """Of a million whole numbers, one is judged differently by two thresholds."""
    limit = int(rng.integers(20_000, 900_000))
    inputs = (Input("salary", "integer", range=(0, 1_000_000)), *numbers(rng, 2))

    def build(bias: float) -> NetworkSpec:
        return network("salaries", inputs, [
            Neuron("taxed", {"salary": 1}, bias, "step"),
            Neuron("above", {"salary": 1}, -limit - 1, "step"),
        ])  # fmt: skip

    claim = Property(Ordered((("taxed", "above"),)))
    row = {"salary": limit, **{i.name: at(i, 0.5) for i in inputs[1:]}}
    return Planted(FAMILY, seed, build(-limit - 1), build(-limit), claim, (row,))


def _just_before_100(rng: Rng, seed: int) -> Planted:
    """A rectifier begins a millionth of a year before 100."""
    inputs = (Input("age", range=(0, 250)), *numbers(rng, 3))

    def build(bias: float) -> NetworkSpec:
        return network("historic", inputs, [Neuron("historic", {"age": 1}, bias, "relu")])

    claim = Property(Then({"historic": 0.0}), when={"age": (None, 100)})
    row = {"age": 100.0, **{i.name: at(i, 0.5) for i in inputs[1:]}}
    return Planted(FAMILY, seed, build(-100), build(-99.999999), claim, (row,))


def _points(rng: Rng, seed: int) -> Planted:
    """Points and bonus that reach the limit exactly pass, where they should exceed it."""
    limit = int(rng.integers(2_000, 40_000))
    inputs = (
        Input("points", "integer", range=(0, 10_000)), Input("bonus", "integer", range=(0, 10_000)),
    )  # fmt: skip
    synapses = {"points": 2, "bonus": 3}

    def build(bias: float) -> NetworkSpec:
        return network("points", inputs, [
            Neuron("passes", synapses, bias, "step"),
            Neuron("exceeds", synapses, -limit - 1, "step"),
        ])  # fmt: skip

    odd = limit % 2
    bonus = min(10_000 - (10_000 - odd) % 2, 2 * (limit // 6) + odd)
    row = {"points": (limit - 3 * bonus) // 2, "bonus": bonus}
    claim = Property(Ordered((("passes", "exceeds"),)))
    return Planted(FAMILY, seed, build(-limit - 1), build(-limit), claim, (row,))


def _one_point(rng: Rng, seed: int) -> Planted:
    """Two inputs must both be at one value exactly."""
    inputs = (Input("dose", range=(0, 50)), Input("hours", range=(0, 24)), *numbers(rng, 1))

    def build(bias: float) -> NetworkSpec:
        tests = [
            Neuron("dose-from", {"dose": 1}, -12.5, "step"),
            Neuron("dose-to", {"dose": -1}, 12.5, "step"),
            Neuron("hours-from", {"hours": 1}, -3, "step"),
            Neuron("hours-to", {"hours": -1}, 3, "step"),
        ]
        alarm = Neuron("alarm", {test.name: 1 for test in tests}, bias, "relu")
        return network("dose", inputs, tests, [alarm])

    row = {"dose": 12.5, "hours": 3.0, "x0": at(inputs[2], 0.5)}
    return Planted(FAMILY, seed, build(-4), build(-3), Property(Then({"alarm": 0.0})), (row,))


_OFF_BY_ONE = (
    _silent_up_to_100, _young_and_old, _salary, _just_before_100, _points, _one_point,
)  # fmt: skip


def full_share(rng: Rng, seed: int) -> Planted:
    """What is clipped at 1 is clipped a little before, where every input is at its end."""
    inputs = numbers(rng, 2 + seed % 4)
    c = np.full(len(inputs), 1 / len(inputs))
    short = 10.0 ** -(4 + seed % 4)

    def build(most: float) -> NetworkSpec:
        raw = sums("raw", inputs, c, 0.0, "identity")
        over = sums("over", inputs, c, -most)
        return network("shares", inputs, [raw, over], [Neuron("share", {"raw": 1, "over": -1})],
                       [Neuron("missing", {"raw": 1, "share": -1})])  # fmt: skip

    claim = Property(Then({"missing": (None, 1e-9)}))
    row = {item.name: at(item, 1) for item in inputs}
    return Planted("equality at a boundary", seed, build(1.1), build(1 - short), claim, (row,))


def one_category(rng: Rng, seed: int) -> Planted:
    """One category of several, or one combination of them, has a wrong weight."""
    counts = [(40,), (12, 10), (10, 8, 9), (20, 20, 20)][seed % 4]
    letters = "abcdefghijklmnopqrstuvwxyz"
    kinds = tuple(
        Input(f"k{i}", "category", tuple(f"{letters[j % 26]}{j}" for j in range(n)))
        for i, n in enumerate(counts)
    )
    inputs = (*kinds, *numbers(rng, 2))
    plain = base(rng, inputs[len(kinds) :])
    chosen = [item.categories[int(rng.integers(0, len(item.categories)))] for item in kinds]
    near = [0.02, 0.05, 0.1, 0.5][seed % 4]
    synapses, bias = shares(inputs[-2:-1], [1 / near], 1 - 1 / near - len(chosen))
    synapses.update({f"{i.name}.{c}": 1.0 for i, c in zip(kinds, chosen, strict=True)})

    def build(wrong: float) -> NetworkSpec:
        fee = Neuron("fee", synapses, bias, "relu")
        score = Neuron("score", {**plain.weights, "fee": wrong})
        return network("fees", inputs, [*plain.neurons, fee], [score])

    row: Row = {i.name: c for i, c in zip(kinds, chosen, strict=True)}
    row.update({item.name: at(item, 1) for item in inputs[-2:]})
    claim = Property(Then({"score": (None, plain.most)}))
    return Planted("one category", seed, build(0.5), build(100 * plain.most), claim, (row,))


def one_combination(rng: Rng, seed: int) -> Planted:
    """Of 2^12 to 2^20 combinations of booleans one, or one in two layers, is judged wrongly."""
    n = 12 + 2 * (seed % 5)
    flags = tuple(Input(f"flag{i}", "boolean") for i in range(n))
    inputs = (*flags, *numbers(rng, 1))
    on = rng.random(n) < 0.5
    signs = {item.name: 1 if is_on else -1 for item, is_on in zip(flags, on, strict=True)}
    parts = [flags] if seed % 2 else [flags[: n // 2], flags[n // 2 :]]
    tests = []
    for number, part in enumerate(parts):
        needed = sum(signs[item.name] > 0 for item in part)
        synapses = {item.name: signs[item.name] for item in part}
        tests.append(Neuron(f"all-{number}", synapses, 1 - needed, "relu"))

    def build(short: float) -> NetworkSpec:
        alarm = Neuron("alarm", {t.name: 1 for t in tests}, short - len(tests), "relu")
        return network("flags", inputs, tests, [alarm])

    row: Row = {item.name: bool(is_on) for item, is_on in zip(flags, on, strict=True)}
    row["x0"] = at(inputs[-1], 0.5)
    claim = Property(Then({"alarm": 0.0}))
    return Planted("one combination", seed, build(0.0), build(0.5), claim, (row,))


def wrong_sign_sinks(rng: Rng, seed: int) -> Planted:
    """One of 500 synapses has the wrong sign, and a score that cannot be below 0 is."""
    inputs = numbers(rng, 10)
    weights = rng.uniform(0.2, 1, (45, 10)).round(3)
    biases = -rng.uniform(0.3, 3, 45).round(3)
    biases[seed] = 0.0  # this neuron fires where no other does
    out = rng.uniform(0.2, 1, 45).round(3)

    def build(sign: int) -> NetworkSpec:
        neurons = [sums(f"h{j}", inputs, weights[j], biases[j]) for j in range(45)]
        score = {f"h{j}": float(v) * (sign if j == seed else 1) for j, v in enumerate(out)}
        return network("wide", inputs, neurons, [Neuron("score", score)])

    row = {item.name: at(item, 0.01) for item in inputs}
    claim = Property(Then({"score": (0.0, None)}))
    return Planted("wrong sign, bounds", seed, build(1), build(-1), claim, (row,))
