"""For people's own tests: Hypothesis strategies for networks and their rows, and assertions.

Examples
--------
>>> from nnspec.testing import inputs
>>> strategy = inputs("specs/property-valuation.yaml", when={"age": (100, None)})
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnspec.testing.assertions import (
        assert_equivalent,
        assert_independent,
        assert_linear,
        assert_lipschitz,
        assert_monotone,
        assert_ordered,
        assert_within,
    )
    from nnspec.testing.faults.broken import BrokenSpec, broken_specs
    from nnspec.testing.searches import Found, assert_holds, search
    from nnspec.testing.spec_examples import examples
    from nnspec.testing.strategies.columns import tables
    from nnspec.testing.strategies.networks import network_specs
    from nnspec.testing.strategies.rows import inputs, pairs
else:
    # Hypothesis asks for nnspec.testing.hypothesis_entry whenever it is imported, by whomever; that
    # must not bring the arrays in. Type checkers see the imports above, and so every misspelling.
    _MODULES = {
        "assertions": (
            "assert_equivalent", "assert_independent", "assert_linear", "assert_lipschitz",
            "assert_monotone", "assert_ordered", "assert_within",
        ),
        "spec_examples": ("examples",),
        "faults.broken": ("BrokenSpec", "broken_specs"),
        "searches": ("Found", "assert_holds", "search"),
        "strategies.columns": ("tables",),
        "strategies.networks": ("network_specs",),
        "strategies.rows": ("inputs", "pairs"),
    }  # fmt: skip

    def __getattr__(name: str) -> object:
        from importlib import import_module

        for module, names in _MODULES.items():
            if name in names:
                return getattr(import_module(f"nnspec.testing.{module}"), name)
        raise AttributeError(f"module 'nnspec.testing' has no attribute {name!r}")


__all__ = [
    "BrokenSpec",
    "Found",
    "assert_equivalent",
    "assert_holds",
    "assert_independent",
    "assert_linear",
    "assert_lipschitz",
    "assert_monotone",
    "assert_ordered",
    "assert_within",
    "broken_specs",
    "examples",
    "inputs",
    "network_specs",
    "pairs",
    "search",
    "tables",
]
