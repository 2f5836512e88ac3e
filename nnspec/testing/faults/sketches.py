"""A spec as plain data, to be spoilt in one place and then written as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import strategies as st

from nnspec.spec.writing import dump_data
from nnspec.testing.strategies.parts import Draw

ADDED = "added"
"""The name of an input, neuron or layer that no generated spec has by itself."""

ABSENT = ("nowhere", "Absent", "not-here", "__none__")
"""Names that nothing in a generated spec has."""


class Sketch:
    """The plain data of a spec, with means to spoil it.

    Parameters
    ----------
    draw
        Makes the choices.
    data
        The spec's maps and lists, which are changed in place.
    """

    def __init__(self, draw: Draw, data: dict[str, Any]) -> None:
        self.draw = draw
        self.data = data
        self.tail = ""
        self.raw: list[str] = []

    def pick(self, *options: Any) -> Any:
        """One of a few, toward the first of which it shrinks."""
        return self.draw(st.sampled_from(options))

    def as_written(self, text: str) -> str:
        """A stand-in for text that is to be written as it is, without quotes."""
        self.raw.append(text)
        return f"written{len(self.raw) - 1}as-it-is"

    def append(self, lines: str) -> None:
        """Put lines after the spec's last."""
        self.tail += f"{lines}\n"

    def text(self) -> str:
        """The spec as YAML."""
        text = dump_data(self.data) if self.data else ""
        for i, raw in enumerate(self.raw):
            text = text.replace(f"written{i}as-it-is", raw)
        return text + self.tail

    # -- parts of the spec ------------------------------------------------------------------------

    def layer(self) -> dict[str, Any]:
        """Some layer; its neurons are given by name."""
        found: dict[str, Any] = self.draw(st.sampled_from(self.data["layers"]))
        return found

    def neurons(self) -> list[tuple[str, dict[str, Any]]]:
        """Every neuron by name."""
        return [pair for layer in self.data["layers"] for pair in layer["neurons"].items()]

    def neuron(self) -> tuple[str, dict[str, Any]]:
        """Some neuron, with its name."""
        found: tuple[str, dict[str, Any]] = self.draw(st.sampled_from(self.neurons()))
        return found

    def add_input(self, **facts: Any) -> str:
        """One more input; its name."""
        self.data["inputs"][ADDED] = facts
        return ADDED

    def add_bulk(self, *sources: str, **facts: Any) -> None:
        """One more layer at the end, given by matrices; by default a proper one over one input."""
        origin = list(sources) or [self.add_input(range=[0, 10])]
        whole = {"size": 1, "from": origin, "weights": [[1.0] * len(origin)], **facts}
        self.data["layers"].append({"name": f"{ADDED}-layer", **whole})

    def claim(self, **said: Any) -> None:
        """One property."""
        self.data.setdefault("properties", []).append(said)


Fault: TypeAlias = Callable[[Sketch], None]
"""Spoils a sketch so that one rule finds fault with it, and no other."""
