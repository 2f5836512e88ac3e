"""Faults of the YAML itself: each function spoils a sketch so that its rule finds it, alone."""

from __future__ import annotations

import json

from nnspec.testing.faults.sketches import ABSENT, Sketch


def invalid_yaml(sketch: Sketch) -> None:
    """NS101."""
    sketch.append(sketch.pick("x-note: [1", 'x-note: "open', "x-note: a: b", "x-note: {a: 1"))


def tab_indentation(sketch: Sketch) -> None:
    """NS102."""
    sketch.append("x-note:\n\tdeep: 1")


def duplicate_key(sketch: Sketch) -> None:
    """NS103."""
    _, neuron = sketch.neuron()
    source = next(iter(neuron["synapses"]))
    if sketch.pick(True, False):
        neuron["synapses"][sketch.as_written(json.dumps(source, ensure_ascii=False))] = 1
    else:
        sketch.append("name: twice")


def explicit_tag(sketch: Sketch) -> None:
    """NS104."""
    sketch.append(f"x-note: {sketch.pick('!!str a', '!mine a', '!!python/object:os.x {}')}")


def several_documents(sketch: Sketch) -> None:
    """NS105."""
    sketch.append("---\nnnspec: 1")


def merge_key(sketch: Sketch) -> None:
    """NS106."""
    sketch.append("x-note: {<<: {a: 1}}")


def key_not_text(sketch: Sketch) -> None:
    """NS107."""
    sketch.append(f"x-note: {{{sketch.pick('1', 'true', 'null', '0.5', '[a]')}: a}}")


def not_finite(sketch: Sketch) -> None:
    """NS108."""
    _write_number(sketch, sketch.pick(".inf", "-.inf", ".nan", "1e400"))


def inexact_integer(sketch: Sketch) -> None:
    """NS109."""
    _write_number(sketch, sketch.pick("9007199254740993", "-99999999999999999999999"))


def underflow(sketch: Sketch) -> None:
    """NS110."""
    _write_number(sketch, sketch.pick("1e-400", "-1e-400"))


def too_many_values(sketch: Sketch) -> None:
    """NS111."""
    lines = ["x-a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"x-a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 8)]
    sketch.append("\n".join(lines))


def recursive_alias(sketch: Sketch) -> None:
    """NS112."""
    sketch.append(sketch.pick("x-note: &note [*note]", "x-note: &note {a: *note}"))


def too_deep(sketch: Sketch) -> None:
    """NS113."""
    sketch.append(f"x-note: {'[' * 70}{']' * 70}")


def forbidden_character(sketch: Sketch) -> None:
    """NS114."""
    escape = sketch.pick("\\0", "\\a", "\\x85")
    sketch.append(f'x-note: "a{escape}b"')


def no_content(sketch: Sketch) -> None:
    """NS116."""
    sketch.data, sketch.tail = {}, sketch.pick("", "# nothing\n", " \n")


def unknown_alias(sketch: Sketch) -> None:
    """NS117."""
    sketch.append(f"x-note: *{sketch.pick(*ABSENT)}")


def ambiguous_number(sketch: Sketch) -> None:
    """NS119."""
    _write_number(sketch, sketch.pick("010", "0x10", "0o10", "0b11", "1_000", "1:30"))


def _write_number(sketch: Sketch, text: str) -> None:
    _, neuron = sketch.neuron()
    if sketch.pick(True, False):
        neuron["bias"] = sketch.as_written(text)
    else:
        source = sketch.pick(*neuron["synapses"])
        neuron["synapses"][source] = sketch.as_written(text)
