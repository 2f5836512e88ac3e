"""Hypothesis strategies for networks and tables: those of ``nnspec.testing``, and more.

Bounds are keyword-only. Tables are keyed by input, as :func:`agreement.encode` takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.spec.model import Input, NetworkSpec, Value, category_text
from nnspec.testing.strategies.cells import cells as values
from nnspec.testing.strategies.cells import drawn_range
from nnspec.testing.strategies.functions import EVERY_ACTIVATION, activations
from nnspec.testing.strategies.networks import network_specs
from nnspec.testing.strategies.scalars import CATEGORIES, NAMES, extensions, numbers, texts

__all__ = [
    "CATEGORIES",
    "CONTINUOUS",
    "EVERY_ACTIVATION",
    "EXACT",
    "NAMES",
    "PIECEWISE_LINEAR",
    "SUMS",
    "activations",
    "extensions",
    "network_specs",
    "numbers",
    "random_table",
    "rows",
    "tables",
    "texts",
    "values",
]

Draw = Callable[[st.SearchStrategy[Any]], Any]

# -- what a network may be made of ----------------------------------------------------------------

PIECEWISE_LINEAR = tuple(name for name, record in ACTIVATIONS.items() if record.piecewise_linear)

EXACT: dict[str, Any] = {
    "activations": (*PIECEWISE_LINEAR, "square", "cube", "sqrt", "reciprocal", "softsign"),
    "aggregations": tuple(name for name in AGGREGATIONS if name != "product"),
    "groups": ("normalize", "winner"),
    "transforms": ("standardize", "rescale", "clip", "sqrt"),
}
"""Networks made of operations that IEEE 754 rounds correctly: every evaluator's bits are the same.
"""

CONTINUOUS: dict[str, Any] = {
    "activations": (
        "identity", "relu", "sigmoid", "tanh", "abs", "sin", "cos", "gaussian", "softplus",
        "softsign", "hard-sigmoid", "hard-tanh", "relu6", "leaky-relu", "elu", "selu", "celu",
        "gelu", "gelu-tanh", "silu", "mish", "clip", "piecewise",
    ),
    "aggregations": tuple(name for name in AGGREGATIONS if name != "product"),
    "groups": ("softmax",),
    "transforms": ("standardize", "rescale", "clip"),
}  # fmt: skip
"""Networks whose every neuron has a Lipschitz constant, so that errors grow by known factors."""

SUMS: dict[str, Any] = {"aggregations": ("sum",)}
"""Networks of weighted sums."""


# -- tables ---------------------------------------------------------------------------------------


def rows(spec: NetworkSpec, *, omit: bool = False) -> st.SearchStrategy[dict[str, Value]]:
    """One row, by input; with ``omit``, inputs that have a stand-in may be left out."""
    needed = [i for i in spec.inputs if i.missing is None or not omit]
    optional = [i for i in spec.inputs if i not in needed]
    return st.fixed_dictionaries(
        {item.name: values(item) for item in needed},
        optional={item.name: values(item) for item in optional},
    )


@st.composite
def tables(
    draw: Draw, spec: NetworkSpec, *, min_rows: int = 1, max_rows: int = 40
) -> dict[str, np.ndarray]:
    """Columns by input, in the table's own units; categories as their texts.

    The first rows are chosen to be awkward, the rest at random with full mantissas.
    """
    chosen = draw(st.lists(rows(spec), min_size=min(min_rows, 1), max_size=3))[:max_rows]
    more = draw(st.integers(max(0, min_rows - len(chosen)), max_rows - len(chosen)))
    rest = random_table(spec, more, np.random.default_rng(draw(st.integers(0, 2**32 - 1))))
    return {
        item.name: np.concatenate([_column(item, [r[item.name] for r in chosen]), rest[item.name]])
        for item in spec.inputs
    }


def random_table(spec: NetworkSpec, n_rows: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Rows at random within the declared ranges, as :func:`tables` gives them."""
    return {item.name: _random_column(item, n_rows, rng) for item in spec.inputs}


def _column(item: Input, cells: Sequence[Value]) -> np.ndarray:
    if item.type == "category":
        return np.array([category_text(cell) for cell in cells], dtype=object)
    return np.array([float(cell) for cell in cells])


def _random_column(item: Input, n_rows: int, rng: np.random.Generator) -> np.ndarray:
    if item.type == "category":
        texts_ = [category_text(value) for value in item.categories]
        return np.array([texts_[i] for i in rng.integers(0, len(texts_), n_rows)], dtype=object)
    low, high = drawn_range(item)
    if item.type in ("integer", "boolean"):
        return rng.integers(int(low), int(high) + 1, n_rows).astype(np.float64)
    return np.minimum(low + rng.random(n_rows) * (high - low), high)
