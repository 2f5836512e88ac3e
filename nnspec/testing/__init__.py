"""For people's own tests: Hypothesis strategies for networks and their rows, and assertions.

Examples
--------
>>> from nnspec.testing import inputs
>>> strategy = inputs("specs/property-valuation.yaml", unusual=True)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnspec.testing.assertions import assert_equivalent, assert_monotone, assert_within
    from nnspec.testing.faults.broken import BrokenSpec, broken_specs
    from nnspec.testing.strategies.columns import tables
    from nnspec.testing.strategies.networks import network_specs
    from nnspec.testing.strategies.rows import inputs, pairs

__all__ = [
    "BrokenSpec",
    "assert_equivalent",
    "assert_monotone",
    "assert_within",
    "broken_specs",
    "inputs",
    "network_specs",
    "pairs",
    "tables",
]

# Hypothesis asks for nnspec.testing.hypothesis_entry whenever it is imported, by whomever; that
# must not bring the arrays in.
_LAZY = {
    "BrokenSpec": "nnspec.testing.faults.broken",
    "broken_specs": "nnspec.testing.faults.broken",
    "assert_equivalent": "nnspec.testing.assertions",
    "assert_monotone": "nnspec.testing.assertions",
    "assert_within": "nnspec.testing.assertions",
    "inputs": "nnspec.testing.strategies.rows",
    "network_specs": "nnspec.testing.strategies.networks",
    "pairs": "nnspec.testing.strategies.rows",
    "tables": "nnspec.testing.strategies.columns",
}


def __getattr__(name: str) -> Any:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module 'nnspec.testing' has no attribute {name!r}")
    return getattr(import_module(module), name)
