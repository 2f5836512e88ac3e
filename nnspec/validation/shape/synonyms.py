"""What people write for the format's words, and the form of what they mean.

A word of another library is no misspelling of one of ours, so that the nearest name misleads; here
each is named with what stands for it.
"""

from __future__ import annotations

from nnspec.diagnostics import Path
from nnspec.functions.groups import GROUPS

INTERVAL = "write the interval as 'range: [low, high]'; null leaves a side open"
CATEGORIES = "write 'type: category' and 'categories: [good, fair]'"
FORMS: dict[str, dict[str, str]] = {
    "inputs": {
        **dict.fromkeys(("min", "minimum", "low"), INTERVAL),
        **dict.fromkeys(("max", "maximum", "high"), INTERVAL),
        **dict.fromkeys(("values", "options", "choices", "enum", "levels"), CATEGORIES),
    },
    "neurons": {
        **dict.fromkeys(
            ("group", *GROUPS),
            "a group acts on a whole layer: give the layer 'group: softmax'",
        ),
    },
}
"""By kind of map, keys that stand for a form of another key."""

KEYS: dict[str, dict[str, str]] = {
    "inputs": {"units": "unit", "default": "missing", "fill": "missing", "label": "title"},
    "neurons": {
        **dict.fromkeys(
            ("weights", "inputs", "connections", "edges", "sources", "from", "links"), "synapses"
        ),
        **dict.fromkeys(("intercept", "offset", "constant", "threshold"), "bias"),
        **dict.fromkeys(("function", "act", "nonlinearity", "transfer"), "activation"),
        "label": "title",
    },
    "layers": {
        **dict.fromkeys(("units", "nodes", "cells"), "neurons"),
        **dict.fromkeys(("function", "act", "nonlinearity"), "activation"),
    },
}
"""By kind of map, keys that are another word for one of the format's."""

ACTIVATIONS: dict[str, str] = {
    "rectifier": "relu",
    "heaviside": "step",
    "logistic": "sigmoid",
    "lrelu": "leaky-relu",
    "none": "identity",
    "rbf": "gaussian",
}
"""Other libraries' words for activations."""

NOT_A_LIST: dict[str, str] = {
    "layers": "write a list of layers, in order: '- name: hidden', and under it 'neurons: …'",
    "outputs": "write a list: [price]",
    "examples": "write a list: '- {given: {area: 2000}, expect: {price: 345000}}'",
    "properties": "write a list: '- then: {price: [0, null]}'",
    "categories": "write a list: [good, fair]",
    "range": "write [low, high]; null leaves a side open",
}
"""The form of what must be a list, by its key."""

NOT_A_MAP: dict[str, str] = {
    "inputs": "write each input under its name: 'area: {unit: ft2, range: [100, 20000]}'",
    "parameters": "write each number under its name: 'rate: 120.5'",
    "neurons": "write each neuron under its name: 'price: {synapses: {area: 180}}'",
    "synapses": "write each weight under its source: {area: 180, age: -300}",
}
"""The form of what must be a map, by its key."""


def kind_of(path: Path) -> str:
    """Of which list or map a map at a path is an entry: ``inputs``, ``layers``, ``neurons``."""
    return str(path[-2]) if len(path) > 1 else ""


def missing_colon(key: str) -> str:
    """The mend of an entry such as ``y 2``, whose colon is missing; empty for other keys.

    Examples
    --------
    >>> missing_colon("y 2")
    "the ':' is missing: write 'y: 2'"
    """
    name, _, value = key.rpartition(" ")
    return f"the ':' is missing: write '{name.strip()}: {value}'" if name.strip() and value else ""
