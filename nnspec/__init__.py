"""nnspec: neural networks as YAML that a colleague can read, checked, compiled and evaluated.

Examples
--------
>>> import nnspec
>>> network = nnspec.load("specs/property-valuation.yaml")  # doctest: +SKIP
>>> network(area=2000, bedrooms=3, distance=5, age=12)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnspec.api import Network, UnknownNeuronError, load, loads
    from nnspec.diagnostics import Diagnostic, NnspecError, Severity, Span, SpecError
    from nnspec.explaining import explain
    from nnspec.limits import Limits
    from nnspec.loading import check_file, check_text
    from nnspec.model import (
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
    from nnspec.tables.errors import DataError, TableError
    from nnspec.validation import check
    from nnspec.writing import dump

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
_LAZY = {
    "Activation": "nnspec.model",
    "BulkLayer": "nnspec.model",
    "DenseWeights": "nnspec.model",
    "Diagnostic": "nnspec.diagnostics",
    "Example": "nnspec.model",
    "FileWeights": "nnspec.model",
    "Independent": "nnspec.model",
    "Input": "nnspec.model",
    "Layer": "nnspec.model",
    "Limits": "nnspec.limits",
    "Linear": "nnspec.model",
    "Lipschitz": "nnspec.model",
    "Monotone": "nnspec.model",
    "NetworkSpec": "nnspec.model",
    "Neuron": "nnspec.model",
    "NnspecError": "nnspec.diagnostics",
    "Ordered": "nnspec.model",
    "Property": "nnspec.model",
    "Severity": "nnspec.diagnostics",
    "Span": "nnspec.diagnostics",
    "SparseWeights": "nnspec.model",
    "SpecError": "nnspec.diagnostics",
    "Synapse": "nnspec.model",
    "Then": "nnspec.model",
    "Transform": "nnspec.model",
    "DataError": "nnspec.tables.errors",
    "TableError": "nnspec.tables.errors",
    "Network": "nnspec.api",
    "UnknownNeuronError": "nnspec.api",
    "explain": "nnspec.explaining",
    "load": "nnspec.api",
    "loads": "nnspec.api",
    "check": "nnspec.validation",
    "check_file": "nnspec.loading",
    "check_text": "nnspec.loading",
    "dump": "nnspec.writing",
}


def __getattr__(name: str) -> Any:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module 'nnspec' has no attribute {name!r}")
    return getattr(import_module(module), name)
