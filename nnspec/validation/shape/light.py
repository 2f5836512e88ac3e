"""What the JSON Schema library need not see: the parts of a spec that are plainly fine.

The library takes a third of a millisecond for a layer or an example, and a spec may have many
thousands of them. Those of the commonest forms are judged here by their types and left out of the
:class:`LightCopy`; whatever is unusual or wrong is left to the library, which explains it. The
tests hold both ways equal on mutated specs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from nnspec.diagnostics import Path
from nnspec.functions.activations import ACTIVATIONS, ALIASES
from nnspec.functions.aggregations import AGGREGATIONS

Checks: TypeAlias = dict[str, Callable[[Any], bool]]

NUMBERS = (int, float)  # by exact type: a bool is an int to isinstance, and no number here

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")

BARE_ACTIVATIONS = frozenset(
    name
    for name in (*ACTIVATIONS, *ALIASES)
    if all(p.default is not None for p in ACTIVATIONS[ALIASES.get(name, name)].parameters)
)
"""Activations that may be given by name alone."""


class LightCopy:
    """A spec's data without what is plainly fine, and the way back to where the rest stands."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = dict(data)
        self._places: dict[str, list[int]] = {}
        if isinstance(data.get("inputs"), dict):
            self.data["inputs"] = _doubtful(data["inputs"], _is_plain_input)
        self._thin_list("layers", _is_plain_layer)
        self._thin_list("examples", _is_plain_example)
        if isinstance(data.get("layers"), list):
            self.data["layers"] = [_light_layer(layer) for layer in self.data["layers"]]

    def path(self, found: Iterable[str | int]) -> Path:
        """The path in the document of what stands at a path in the copy."""
        path = tuple(found)
        if len(path) > 1 and path[0] in self._places:
            index = self._places[str(path[0])][int(path[1])]
            return (path[0], index, *path[2:])
        return path

    def _thin_list(self, key: str, is_plain: Callable[[Any], bool]) -> None:
        items = self.data.get(key)
        if isinstance(items, list):
            kept = [i for i, item in enumerate(items) if not is_plain(item)]
            kept = kept or [0] * bool(items)  # a list that must not be empty is not
            self._places[key] = kept
            self.data[key] = [items[i] for i in kept]


def _doubtful(items: dict[str, Any], is_plain: Callable[[str, Any], bool]) -> dict[str, Any]:
    """The entries that are not plainly fine; at least one, for a map that must not be empty."""
    kept = {name: item for name, item in items.items() if not is_plain(name, item)}
    return kept or dict(list(items.items())[:1])


def _light_layer(layer: Any) -> Any:
    if not isinstance(layer, dict) or not isinstance(layer.get("neurons"), dict):
        return layer
    return {**layer, "neurons": _doubtful(layer["neurons"], _is_plain_neuron)}


def _has_plain(node: Any, required: Iterable[str], checks: Checks) -> bool:
    """Whether a mapping has the keys it must have, and each of its values is plainly fine."""
    return (
        isinstance(node, dict)
        and all(key in node for key in required)
        and all(key in checks and checks[key](value) for key, value in node.items())
    )


def _is_plain_input(name: str, node: Any) -> bool:
    return NAME.fullmatch(name) is not None and _has_plain(node, (), INPUT)


def _is_plain_layer(node: Any) -> bool:
    return _has_plain(node, ("name", "neurons"), LAYER)


def _is_plain_example(node: Any) -> bool:
    return _has_plain(node, ("given", "expect"), EXAMPLE)


def _is_plain_neuron(name: str, node: Any) -> bool:
    return NAME.fullmatch(name) is not None and _has_plain(node, ("synapses",), NEURON)


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_name(value: Any) -> bool:
    return type(value) is str and NAME.fullmatch(value) is not None


def _is_number(value: Any) -> bool:
    # A bias given as text may be an ambiguous number, which is for the check of tables to say.
    return type(value) in NUMBERS


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


def _is_interval(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(end is None or type(end) in NUMBERS for end in value)
    )


def _is_activation(value: Any) -> bool:
    return type(value) is str and value in BARE_ACTIVATIONS


def _is_aggregation(value: Any) -> bool:
    return type(value) is str and value in AGGREGATIONS


def _are_neurons(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(_is_plain_neuron(name, neuron) for name, neuron in value.items())
    )


def _are_values(value: Any) -> bool:
    return isinstance(value, dict) and all(type(v) in (int, float, str) for v in value.values())


def _are_bounds(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(type(v) in NUMBERS or _is_interval(v) for v in value.values())
    )


_WORDS = {"title": _is_text, "description": _is_text, "unit": _is_text}

INPUT: Checks = {
    **_WORDS,
    "type": lambda value: type(value) is str and value in ("number", "integer", "boolean"),
    "range": _is_interval,
}

NEURON: Checks = {
    **_WORDS,
    "bias": _is_number,
    "activation": _is_activation,
    "aggregation": _is_aggregation,
    "synapses": _is_map,  # its entries are the check of tables'
    "range": _is_interval,
}

LAYER: Checks = {
    "name": _is_name,
    "description": _is_text,
    "bias": _is_number,
    "activation": _is_activation,
    "aggregation": _is_aggregation,
    "neurons": _are_neurons,
}

EXAMPLE: Checks = {
    "name": _is_text,
    "given": _are_values,
    "expect": _are_bounds,
}
