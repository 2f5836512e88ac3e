"""The example specs of ``specs/``, with their tables and the split they were fitted to."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

import nnspec
from nnspec.network import Network
from nnspec.spec.model import Input, category_text

SPECS = Path(__file__).parent.parent / "specs"
PATHS = sorted(SPECS.glob("*.yaml"))
NAMES = [path.stem for path in PATHS]
FLOWER = ("sepal_length", "sepal_width", "petal_length", "petal_width")
IRIS = ("setosa", "versicolor", "virginica")


@cache
def network(name: str) -> Network:
    """An example spec, loaded."""
    return nnspec.load(SPECS / f"{name}.yaml")


@cache
def table(name: str) -> pl.DataFrame:
    """The table that a spec names in ``x-data``; empty cells are null."""
    path = SPECS / network(name).spec.extensions["x-data"]
    return pl.read_csv(path, infer_schema_length=None)


@cache
def valued(name: str) -> dict[str, np.ndarray]:
    """Every neuron's value for every row of the spec's table."""
    values = network(name).evaluate(table(name), neurons="all")
    return {column: values[column].to_numpy() for column in values.columns}


def columns(name: str, *names: str) -> np.ndarray:
    """Columns of a spec's table, as an array with one row for each."""
    return np.array([table(name)[column].to_numpy().astype(float) for column in names])


def flowers() -> tuple[np.ndarray, np.ndarray]:
    """The lengths of the iris table, a row for each flower, and its species counted from 0."""
    species = table("softmax-iris")["species"].to_list()
    return columns("softmax-iris", *FLOWER).T, np.array([IRIS.index(label) for label in species])


def trained(name: str) -> np.ndarray:
    """Which rows of a spec's table it was fitted to, as ``specs/data/README.md`` says."""
    return np.random.default_rng(0).random(len(table(name))) < 0.8


def out_of_range(item: Input, cells: pl.Series) -> int:
    """How many of a column's cells leave what an input declares; an empty one may stand in."""
    given = cells.drop_nulls()
    if item.type == "category":
        legal = [category_text(category) for category in item.categories]
        return int((~given.cast(str).is_in(legal)).sum())
    low, high = (0.0, 1.0) if item.type == "boolean" else item.range
    cells_given = given.cast(float).to_numpy()
    below = cells_given < (-np.inf if low is None else low)
    above = cells_given > (np.inf if high is None else high)
    broken = (cells_given % 1 != 0) & (item.type != "number")
    return int((below | above | broken).sum())


STATED = {
    "R2": r"R2 is ([\d.]+\d)",
    "median absolute percentage error": r"median absolute percentage error ([\d.]+) %",
    "mean absolute error": r"mean absolute error ([\d.]+\d)",
    "accuracy": r"accuracy is ([\d.]+) %",
    "log loss": r"log loss (?:is )?([\d.]+\d)",
    "AUC": r"AUC ([\d.]+\d)",
}
"""How a description states each figure."""


def stated(name: str) -> dict[str, str]:
    """The held-out figures that a spec's description states, as text."""
    description = network(name).spec.description or ""
    found = {figure: re.search(pattern, description) for figure, pattern in STATED.items()}
    return {figure: match[1] for figure, match in found.items() if match is not None}


def weights(name: str, neuron: str) -> dict[str, float]:
    """A named neuron's weights by source, and its bias under ``""``."""
    spec = network(name).spec
    found = next(n for _, n in spec.neurons() if n.name == neuron)
    given = {**dict(found.synapses), "": 0 if found.bias is None else found.bias}
    return {
        key: float(spec.parameters[weight] if isinstance(weight, str) else weight)
        for key, weight in given.items()
    }


def transformed(name: str, *inputs: str) -> np.ndarray:
    """The spec's table as a matrix, a column per input, each standardized as the spec says."""
    items = {item.name: item for item in network(name).spec.inputs}
    made = []
    for item in map(items.__getitem__, inputs):
        (step,) = item.transforms
        mean, deviation = step.parameters
        assert step.kind == "standardize"
        assert mean is not None
        assert deviation is not None
        made.append((columns(name, item.column_name)[0] - mean) / deviation)
    return np.array(made).T
