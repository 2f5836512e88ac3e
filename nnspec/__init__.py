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
_LAZY = {
    "Activation": "nnspec.spec.model",
    "BulkLayer": "nnspec.spec.model",
    "DenseWeights": "nnspec.spec.model",
    "Diagnostic": "nnspec.diagnostics",
    "Example": "nnspec.spec.model",
    "FileWeights": "nnspec.spec.model",
    "Independent": "nnspec.spec.model",
    "Input": "nnspec.spec.model",
    "Layer": "nnspec.spec.model",
    "Limits": "nnspec.diagnostics.limits",
    "Linear": "nnspec.spec.model",
    "Lipschitz": "nnspec.spec.model",
    "Monotone": "nnspec.spec.model",
    "NetworkSpec": "nnspec.spec.model",
    "Neuron": "nnspec.spec.model",
    "NnspecError": "nnspec.diagnostics",
    "Ordered": "nnspec.spec.model",
    "Property": "nnspec.spec.model",
    "Severity": "nnspec.diagnostics",
    "Span": "nnspec.diagnostics",
    "SparseWeights": "nnspec.spec.model",
    "SpecError": "nnspec.diagnostics",
    "Synapse": "nnspec.spec.model",
    "Then": "nnspec.spec.model",
    "Transform": "nnspec.spec.model",
    "DataError": "nnspec.tables.errors",
    "TableError": "nnspec.tables.errors",
    "Network": "nnspec.network",
    "UnknownNeuronError": "nnspec.network",
    "explain": "nnspec.explaining",
    "load": "nnspec.network",
    "loads": "nnspec.network",
    "check": "nnspec.validation",
    "check_file": "nnspec.loading",
    "check_text": "nnspec.loading",
    "dump": "nnspec.spec.writing",
}


def __getattr__(name: str) -> Any:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module 'nnspec' has no attribute {name!r}")
    return getattr(import_module(module), name)
