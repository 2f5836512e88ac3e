"""nnspec: neural networks as YAML that a colleague can read, checked, compiled and evaluated.

Examples
--------
>>> import nnspec
>>> network = nnspec.load("specs/property-valuation.yaml")  # doctest: +SKIP
>>> network(area=2000, bedrooms=3, distance=5, age=12)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # typing itself takes longer to import than all the rest here
if TYPE_CHECKING:
    from typing import Any

    from nnspec.diagnostics import Diagnostic, NnspecError, Severity, Span, SpecError
    from nnspec.diagnostics.limits import Limits
    from nnspec.explaining import explain
    from nnspec.loading import check_file, check_text
    from nnspec.network import Network, UnknownNeuronError, load, loads
    from nnspec.spec.model import (
        Activation,
        BulkLayer,
        DenseWeights,
        Example,
        FileWeights,
        Independent,
        Input,
        Layer,
        Linear,
        Lipschitz,
        Monotone,
        NetworkSpec,
        Neuron,
        Ordered,
        Property,
        SparseWeights,
        Synapse,
        Then,
        Transform,
    )
    from nnspec.spec.writing import dump
    from nnspec.tables.errors import DataError, TableError
    from nnspec.validation import check

__version__ = "0.1.0"

__all__ = [
    "Activation",
    "BulkLayer",
    "DataError",
    "DenseWeights",
    "Diagnostic",
    "Example",
    "FileWeights",
    "Independent",
    "Input",
    "Layer",
    "Limits",
    "Linear",
    "Lipschitz",
    "Monotone",
    "Network",
    "NetworkSpec",
    "Neuron",
    "NnspecError",
    "Ordered",
    "Property",
    "Severity",
    "Span",
    "SparseWeights",
    "SpecError",
    "Synapse",
    "TableError",
    "Then",
    "Transform",
    "UnknownNeuronError",
    "__version__",
    "check",
    "check_file",
    "check_text",
    "dump",
    "explain",
    "load",
    "loads",
]

# Each is imported when it is first used: `nnspec --help` waits for none of them.
_HOMES = {
    "nnspec.diagnostics": ("Diagnostic", "NnspecError", "Severity", "Span", "SpecError"),
    "nnspec.diagnostics.limits": ("Limits",),
    "nnspec.explaining": ("explain",),
    "nnspec.loading": ("check_file", "check_text"),
    "nnspec.network": ("Network", "UnknownNeuronError", "load", "loads"),
    "nnspec.spec.writing": ("dump",),
    "nnspec.tables.errors": ("DataError", "TableError"),
    "nnspec.validation": ("check",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'nnspec' has no attribute {name!r}")
    # What stands under no other module is a part of a spec.
    return getattr(import_module(_HOME.get(name, "nnspec.spec.model")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
