"""What the JSON Schema library need not see: the parts of a spec that the schema accepts.

The library takes a third of a millisecond for a layer or an example, and a spec may have many
thousands of them. Those that are fine are left out of the :class:`LightCopy`; what is wrong is left
to the library, which explains it. The tests hold both ways equal on mutated specs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nnspec.diagnostics import Path
from nnspec.validation.shape.accepting import Acceptor


class LightCopy:
    """A spec's data without what is fine, and the way back to where the rest stands."""

    def __init__(self, data: dict[str, Any], acceptor: Acceptor) -> None:
        self.data = dict(data)
        self._acceptor = acceptor
        self._places: dict[str, list[int]] = {}
        if isinstance(data.get("inputs"), dict):
            self.data["inputs"] = self._doubtful(data["inputs"], "input")
        self._thin_list("layers", "layer")
        self._thin_list("examples", "example")
        self._thin_list("properties", "property")
        if isinstance(data.get("layers"), list):
            self.data["layers"] = [self._light_layer(layer) for layer in self.data["layers"]]

    def path(self, found: Iterable[str | int]) -> Path:
        """The path in the document of what stands at a path in the copy."""
        path = tuple(found)
        if len(path) > 1 and path[0] in self._places:
            index = self._places[str(path[0])][int(path[1])]
            return (path[0], index, *path[2:])
        return path

    def _thin_list(self, key: str, part: str) -> None:
        items = self.data.get(key)
        if isinstance(items, list):
            kept = [i for i, item in enumerate(items) if not self._acceptor.accepts(item, part)]
            kept = kept or [0] * bool(items)  # a list that must not be empty is not
            self._places[key] = kept
            self.data[key] = [items[i] for i in kept]

    def _doubtful(self, items: dict[str, Any], part: str) -> dict[str, Any]:
        """The entries that are not fine; at least one, for a map that must not be empty."""
        accepts = self._acceptor.accepts
        kept = {k: v for k, v in items.items() if not (accepts(k, "name") and accepts(v, part))}
        return kept or dict(list(items.items())[:1])

    def _light_layer(self, layer: Any) -> Any:
        if not isinstance(layer, dict) or not isinstance(layer.get("neurons"), dict):
            return layer
        return {**layer, "neurons": self._doubtful(layer["neurons"], "neuron")}
