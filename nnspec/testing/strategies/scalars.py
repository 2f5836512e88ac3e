"""What the parts of generated networks are made of: names, texts, numbers, categories."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from hypothesis import strategies as st

from nnspec.spec.model import Value
from nnspec.text.building import FORBIDDEN

# Plain names first, toward which examples shrink; then those that YAML, Python, SQL or a careless
# reader might take for something else.
NAMES = (
    *"abcdefghijklmpqrstuvwxz",
    "A", "B", "a-b", "a_b", "a1", "a10", "a2", "_", "_0", "no", "on", "y", "n", "null", "true",
    "False", "yes", "nan", "inf", "e1", "x-ray", "sum", "neurons", "inputs", "NO", "__proto__",
    "None", "size", "Z-", "L" * 128,
)  # fmt: skip

CATEGORIES: tuple[Value, ...] = (
    "good", "fair", "poor", "very good", True, False, 1, 2, 3, -1, "no", "null", "010", "1:30",
    "é", "日本", "a.b", "x: y", "#1", "it's", '"', "1e3", "~", "-", "=cmd()",
)  # fmt: skip

_TEXT_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn")) | st.sampled_from(
    "\n\t\x85:#'\"\\{}[],&*!|>%@` -"
)


@cache
def texts() -> st.SearchStrategy[str]:
    """Any text that may stand in a spec for people to read."""
    tricky = st.sampled_from(["", "no", "010", "1e3", "null", " a ", "a: b", "# a", "- a", "<<"])
    free = st.text(_TEXT_CHARACTERS, max_size=8).filter(lambda t: not FORBIDDEN.search(t))
    return st.just("text") | tricky | free


@cache
def numbers(*, least: float = -4.0, most: float = 4.0) -> st.SearchStrategy[float]:
    """Moderate numbers, 1 the simplest; with mantissas of all lengths."""
    whole = st.integers(math.ceil(least), math.floor(most))
    short = st.builds(lambda i: i / 8, st.integers(math.ceil(least * 8), math.floor(most * 8)))
    simplest = [st.just(1.0)] if least <= 1 <= most else []
    return st.one_of(*simplest, whole, short, st.floats(least, most))


@cache
def extensions() -> st.SearchStrategy[dict[str, Any]]:
    """Keys of the author's own, with any data."""
    leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | texts()
    data = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts(), inner,
        max_size=2), max_leaves=4,
    )  # fmt: skip
    keys = st.sampled_from(["x-a", "x-", "x-note", "x-010"])
    return st.dictionaries(keys, data, min_size=1, max_size=2)
