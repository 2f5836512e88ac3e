"""Faults of a known volume in deep networks: what share of the domain violates the claim.

``python -m benchmarks.faults.volumes [SEED ...]`` plants 128 of them, over 2 to 10 inputs, 3 to 5
layers and volumes of 1e-3 to 1e-7, and says which ``nnspec test`` misses with its default budget.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from benchmarks.faults.building import (
    Planted,
    Rng,
    Row,
    at,
    corner,
    ends,
    network,
    numbers,
    size_at,
    sums,
)
from benchmarks.faults.contenders import Trial
from benchmarks.faults.deep import dense_layers, forward
from nnspec.claims import Options, run_case
from nnspec.spec.model import Input, NetworkSpec, Neuron, Property, Then

N_PLANTED = 128
BUDGET = 10.0
"""Seconds of processor time, as ``nnspec test`` has by default for a spec."""

BEYOND = 1e3
"""How many times what the score is otherwise a fault carries it."""

SAMPLED = 3_000_000
"""At most so many points are drawn to find what a generated network rarely reaches."""

Inputs = tuple[Input, ...]


def of_volume(seed: int) -> Planted:
    """One of them: every combination of shape, inputs, layers and volume by turns."""
    rng = np.random.default_rng([7, seed])
    inputs = numbers(rng, 2 + seed % 9)
    n_hidden = 2 + seed % 3
    volume = 10.0 ** -(3 + seed // 2 % 5)
    if seed % 4 == 3:
        return _extreme(rng, seed, inputs, n_hidden, volume)
    parts, row = (_ball, _box, _corners)[seed % 4](rng, inputs, volume)
    return _among_others(rng, seed, inputs, n_hidden, parts, row)


def _among_others(
    rng: Rng, seed: int, inputs: Inputs, n_hidden: int, parts: list[list[Neuron]], row: Row
) -> Planted:
    """An alarm, at the end of its parts, carried to the score beside layers that are innocent."""
    plain = dense_layers(rng, inputs, [6] * n_hidden)
    names = [parts[-1][0].name, *[f"carried-{d}" for d in range(len(parts), n_hidden)]]
    carried = [[Neuron(name, {before: 1}, 0.0, "relu")] for before, name in pairwise(names)]
    layers = [[*own, *other] for own, other in zip([*parts, *carried], plain, strict=True)]
    weights = {neuron.name: round(float(rng.normal()), 3) for neuron in plain[-1]}
    bound = _most(inputs, plain, weights)

    def build(weight: float) -> NetworkSpec:
        return network("volume", inputs, *layers, [Neuron("score", {**weights, names[-1]: weight})])

    family = f"volume, {parts[0][0].name.split('-')[0]}"
    claim = Property(Then({"score": (None, bound)}))
    return Planted(family, seed, build(0.01), build(BEYOND * bound), claim, (row,))


def _most(inputs: Inputs, layers: Sequence[Sequence[Neuron]], weights: dict[str, float]) -> float:
    """What innocent layers cannot bring the score beyond, term by term, and a little more."""
    bounds = {item.name: ends(item) for item in inputs}
    for layer in layers:
        for neuron in layer:
            terms = [(float(w), bounds[source]) for source, w in neuron.synapses]
            most = sum(max(w * low, w * high) for w, (low, high) in terms) + float(neuron.bias or 0)
            bounds[neuron.name] = (0.0, max(0.0, most))
    return math.ceil(sum(max(0.0, w) * bounds[name][1] for name, w in weights.items())) + 1.0


def _ball(rng: Rng, inputs: Inputs, volume: float) -> tuple[list[list[Neuron]], Row]:
    """Within a weighted distance of a point inside: hinges on each side of it, summed."""
    n = len(inputs)
    size = rng.uniform(0.7, 1.3, n).round(2)
    e = (volume * math.factorial(n) * math.prod(size)) ** (1 / n) / 2
    centre = rng.uniform(0.1, 0.9, n).round(3)
    hinges = [
        sums(f"ball-{i}-{side}", [item], [side / e], -side * centre[i] / e)
        for i, item in enumerate(inputs)
        for side in (-1, 1)
    ]
    synapses = {hinge.name: -float(size[i // 2]) for i, hinge in enumerate(hinges)}
    row = {item.name: at(item, float(c)) for item, c in zip(inputs, centre, strict=True)}
    return [hinges, [Neuron("alarm", synapses, 1.0, "relu")]], row


def _box(rng: Rng, inputs: Inputs, volume: float) -> tuple[list[list[Neuron]], Row]:
    """Within a box of at most four inputs: the alarm is silent and flat nearly everywhere."""
    k = min(len(inputs), 4)
    half = volume ** rng.dirichlet(np.full(k, 5.0)) / 2
    centre = np.array([rng.uniform(h, 1 - h) for h in half]).round(6)
    outside = [
        sums(f"box-{i}-{side}", [inputs[i]], [side / half[i]], -side * centre[i] / half[i] - 1)
        for i in range(k)
        for side in (-1, 1)
    ]
    alarm = Neuron("alarm", {neuron.name: -10.0 for neuron in outside}, 0.1, "relu")
    row = {item.name: at(item, 0.5) for item in inputs}
    row.update({item.name: at(item, float(c)) for item, c in zip(inputs, centre, strict=False)})
    return [outside, [alarm]], row


def _corners(rng: Rng, inputs: Inputs, volume: float) -> tuple[list[list[Neuron]], Row]:
    """In a corner of some inputs, and at once in a corner of the others."""
    half = max(1, len(inputs) // 2)
    halves, tip = [], {}
    for name, part in (("corners-one", inputs[:half]), ("corners-other", inputs[half:])):
        c, constant, own = corner(rng, part, volume**0.5)
        size = size_at(part, c, constant, own)
        halves.append(sums(name, part, c / size, constant / size))
        tip.update(own)
    alarm = Neuron("alarm", {neuron.name: 1 for neuron in halves}, -1.2, "relu")
    return [halves, [alarm]], tip


def _extreme(rng: Rng, seed: int, inputs: Inputs, n_hidden: int, volume: float) -> Planted:
    """The score of a generated network exceeds what it exceeds in this share of the domain."""
    layers = dense_layers(rng, inputs, [8] * n_hidden)
    last = [neuron.name for neuron in layers[-1]]
    weights = dict(zip(last, rng.normal(size=len(last)).round(3).tolist(), strict=True))
    low, high = np.array([ends(item) for item in inputs]).T[:, :, None]
    n = max(100_000, int(min(SAMPLED, 30 / volume)))
    scores, points = [], []
    for _ in range(n // 100_000):
        drawn = low + (high - low) * rng.random((len(inputs), 100_000))
        values = forward(layers, {item.name: x for item, x in zip(inputs, drawn, strict=True)})
        score = sum(w * values[name] for name, w in weights.items())
        top = np.argsort(-score)[:1000]
        scores.append(score[top])
        points.append(drawn[:, top])
    score, drawn = np.concatenate(scores), np.concatenate(points, axis=1)
    order = np.argsort(-score)
    threshold = round(float(score[order[max(1, int(volume * n))]]), 6)

    def build(bias: float) -> NetworkSpec:
        return network("volume", inputs, *layers, [Neuron("score", weights, bias)])

    row = {item.name: float(x) for item, x in zip(inputs, drawn[:, order[0]], strict=True)}
    claim = Property(Then({"score": (None, 0.0)}))
    return Planted("volume, extreme", seed, build(-1e9), build(-threshold), claim, (row,))


def main(seeds: Sequence[int]) -> None:
    """Try all of them with each seed of the search, and print what was missed."""
    missed, seconds = 0, time.process_time()
    for number in range(N_PLANTED):
        planted = of_volume(number)
        trial = Trial(planted.planted, planted)
        for seed in seeds:
            result = run_case(trial.network, trial.case, Options(seed=seed, budget=BUDGET))
            if not result.failed:
                missed += 1
                print(f"missed: {planted.family}, number {number}, seed {seed}", flush=True)
    seconds = time.process_time() - seconds
    print(f"{missed} of {N_PLANTED * len(seeds)} missed, {seconds:.0f} s of processor time")


if __name__ == "__main__":
    main([int(seed) for seed in sys.argv[1:]] or [0])
