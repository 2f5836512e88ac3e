"""Parts that the planted specs are built of: inputs, base networks of known bounds, corners."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnspec.spec.model import Activation, Input, Layer, NetworkSpec, Neuron, Property

Rng = np.random.Generator
Row = dict[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Planted:
    """A network with one fault, the one it was made from, and the claim that tells them apart.

    Parameters
    ----------
    family
        What kind of fault it is.
    seed
        Which of its kind.
    original
        The claim is true of this one.
    planted
        The claim is false of this one.
    claim
        The property.
    witness
        One row that violates the claim, or two.
    """

    family: str
    seed: int
    original: NetworkSpec
    planted: NetworkSpec
    claim: Property
    witness: tuple[Row, ...]


def numbers(rng: Rng, n: int, widest: float = 4) -> tuple[Input, ...]:
    """Inputs of different scales, from a range as wide as 1 to one as wide as 10**widest."""
    found = []
    for i in range(n):
        width = round(10 ** rng.uniform(0, widest), 2)
        low = round(float(rng.choice([0.0, 0.0, -width / 2, width, -3 * width])), 2)
        found.append(Input(f"x{i}", range=(low, round(low + width, 2))))
    return tuple(found)


def ends(item: Input) -> tuple[float, float]:
    """Both ends of an input's range."""
    low, high = item.range
    if low is None or high is None:
        raise ValueError(f"{item.name} is open")
    return low, high


def at(item: Input, share: float) -> float:
    """The value of an input at a share of the way through its range."""
    low, high = ends(item)
    if share in (0, 1):
        return high if share else low
    return low + share * (high - low)


def shares(
    inputs: Sequence[Input], c: Sequence[float] | Floats, constant: float
) -> tuple[dict[str, float], float]:
    """Synapses and bias of z = constant + sum of c * share, where share goes from 0 to 1."""
    synapses: dict[str, float] = {}
    bias = constant
    for item, weight in zip(inputs, c, strict=True):
        low, high = ends(item)
        synapses[item.name] = float(weight) / (high - low)
        bias -= float(weight) * low / (high - low)
    return synapses, float(bias)


def sums(
    name: str,
    inputs: Sequence[Input],
    c: Sequence[float] | Floats,
    constant: float,
    activation: Activation | str = "relu",
) -> Neuron:
    """A neuron of z = constant + sum of c * share."""
    synapses, bias = shares(inputs, c, constant)
    return Neuron(name, synapses, bias, activation)


@dataclass(frozen=True)
class Base:
    """Hidden neurons that have nothing to hide.

    Parameters
    ----------
    neurons
        The neurons.
    weights
        Their synapses to the score.
    most
        What the score cannot exceed with them alone.
    """

    neurons: tuple[Neuron, ...]
    weights: dict[str, float]
    most: float


def base(rng: Rng, inputs: Sequence[Input], n: int = 6) -> Base:
    """A hidden layer of generated weights, whose greatest score is bounded term by term."""
    neurons: list[Neuron] = []
    weights: dict[str, float] = {}
    most = 0.0
    for i in range(n):
        c, constant = rng.normal(size=len(inputs)).round(3), round(float(rng.normal(0, 0.5)), 3)
        neurons.append(sums(f"base-{i}", inputs, c, constant))
        weights[f"base-{i}"] = round(float(rng.normal()), 3)
        most += max(weights[f"base-{i}"], 0) * max(0.0, constant + float(np.maximum(c, 0).sum()))
    return Base(tuple(neurons), weights, math.ceil(most) + 1.0)


def rising(rng: Rng, inputs: Sequence[Input], n: int = 6) -> tuple[Base, list[float]]:
    """A hidden layer that no input lowers, and for each input the most it can raise the score.

    The steepest rise is for an input's whole range.
    """
    neurons: list[Neuron] = []
    weights: dict[str, float] = {}
    steepest = np.zeros(len(inputs))
    for i in range(n):
        c, constant = rng.uniform(0.1, 1, len(inputs)).round(3), round(float(rng.normal(-1, 1)), 3)
        neurons.append(sums(f"base-{i}", inputs, c, constant))
        weights[f"base-{i}"] = round(float(rng.uniform(0.1, 1)), 3)
        steepest += weights[f"base-{i}"] * c
    return Base(tuple(neurons), weights, math.inf), steepest.tolist()


def corner_size(volume: float, c: Sequence[float] | Floats) -> float:
    """The e for which sum of c * distance < e cuts that share of the box off at a corner."""
    n = len(c)
    return float((volume * math.factorial(n) * math.prod(c)) ** (1 / n))


def corner(rng: Rng, inputs: Sequence[Input], volume: float) -> tuple[Floats, float, Row]:
    """What cuts a corner off: c and e of z = e - sum of c * distance, as shares; and its tip."""
    size = rng.uniform(0.7, 1.3, len(inputs)).round(2)
    at_top = rng.random(len(inputs)) < 0.5
    e = corner_size(volume, size)
    # The distance from the top is 1 - share, so z = e - sum(c) + c * share there.
    c = np.where(at_top, size, -size)
    constant = e - float(size[at_top].sum())
    tip = {item.name: at(item, float(top)) for item, top in zip(inputs, at_top, strict=True)}
    return c, constant, tip


def size_at(inputs: Sequence[Input], c: Floats, constant: float, tip: Row) -> float:
    """What z = constant + sum of c * share is at a corner's tip."""
    at_top = [tip[item.name] == ends(item)[1] for item in inputs]
    return constant + float(sum(w * top for w, top in zip(c, at_top, strict=True)))


def network(name: str, inputs: Sequence[Input], *layers: Sequence[Neuron]) -> NetworkSpec:
    """A spec of layers; the last is the output."""
    named = [Layer(f"layer-{i}", tuple(neurons)) for i, neurons in enumerate(layers)]
    return NetworkSpec(name, tuple(inputs), tuple(named))
