"""Faults of the YAML itself, by code: each spoils a sketch so that its rule finds it, alone."""

from __future__ import annotations

import json
from collections.abc import Mapping

from nnspec.testing.faults.sketches import ABSENT, Fault, Sketch


def _line(*lines: str) -> Fault:
    """One of some lines after the spec's last."""
    return lambda sketch: sketch.append(sketch.pick(*lines))


def _number(*texts: str) -> Fault:
    """One of some texts where a bias or a weight belongs."""

    def spoil(sketch: Sketch) -> None:
        text = sketch.as_written(sketch.pick(*texts))
        _, neuron = sketch.neuron()
        if sketch.pick(True, False):
            neuron["bias"] = text
        else:
            neuron["synapses"][sketch.pick(*neuron["synapses"])] = text

    return spoil


def _duplicate_key(sketch: Sketch) -> None:
    _, neuron = sketch.neuron()
    source = next(iter(neuron["synapses"]))
    if sketch.pick(True, False):
        neuron["synapses"][sketch.as_written(json.dumps(source, ensure_ascii=False))] = 1
    else:
        sketch.append("name: twice")


def _no_content(sketch: Sketch) -> None:
    sketch.data, sketch.tail = {}, sketch.pick("", "# nothing\n", " \n")


_LAUGHS = "\n".join([
    "x-a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]",
    *(f"x-a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 8)),
])  # fmt: skip
"""Ten times ten times ten … values, in eight lines of aliases."""

FAULTS: Mapping[str, Fault] = {
    "NS101": _line("x-note: [1", 'x-note: "open', "x-note: a: b", "x-note: {a: 1"),
    "NS102": _line("x-note:\n\tdeep: 1"),
    "NS103": _duplicate_key,
    "NS104": _line(
        *(f"x-note: {tag}" for tag in ("!!str a", "!mine a", "!!python/object:os.x {}"))
    ),
    "NS105": _line("---\nnnspec: 1"),
    "NS106": _line("x-note: {<<: {a: 1}}"),
    "NS107": _line(*(f"x-note: {{{key}: a}}" for key in ("1", "true", "null", "0.5", "[a]"))),
    "NS108": _number(".inf", "-.inf", ".nan", "1e400"),
    "NS109": _number("9007199254740993", "-99999999999999999999999"),
    "NS110": _number("1e-400", "-1e-400"),
    "NS111": _line(_LAUGHS),
    "NS112": _line("x-note: &note [*note]", "x-note: &note {a: *note}"),
    "NS113": _line(f"x-note: {'[' * 70}{']' * 70}"),
    "NS114": _line(*(f'x-note: "a{escape}b"' for escape in ("\\0", "\\a", "\\x85"))),
    "NS116": _no_content,
    "NS117": _line(*(f"x-note: *{name}" for name in ABSENT)),
    "NS119": _number("010", "0x10", "0o10", "0b11", "1_000", "1:30"),
}
"""By the code of the diagnostic that each gives."""
