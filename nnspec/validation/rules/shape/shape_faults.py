"""Pages of the faults that the JSON Schema finds (NS2xx)."""

from __future__ import annotations

from nnspec.validation.rule import Rule, found_by_reader

SHAPE_FAULTS: tuple[Rule, ...] = (
    found_by_reader(
        "NS201",
        "unknown-key",
        "A key that the format does not have at this place.",
        "A misspelt key would be ignored, and the network would be another than was written.",
        "activaton: relu",
        "activation: relu",
    ),
    found_by_reader(
        "NS202",
        "missing-key",
        "A key that the format requires at this place.",
        "Without it the spec does not say what the network is.",
        "nnspec: 1\ninputs: {age: {}}\nlayers: []",
        "nnspec: 1\nname: historic\ninputs: {age: {}}\nlayers: []",
    ),
    found_by_reader(
        "NS203",
        "wrong-type",
        "A value of another type than the format asks for: text for a number, a list for a map.",
        "nnspec never guesses: `'0.5'` is text, and `true` is no weight.",
        "synapses: {age: '1'}",
        "synapses: {age: 1}",
    ),
    found_by_reader(
        "NS205",
        "wrong-length",
        "A list that has too few or too many items, or a map that must not be empty and is.",
        "A range has two ends, a knot two coordinates, a sparse entry three numbers.",
        "range: [0, 100, 250]",
        "range: [0, 250]",
    ),
    found_by_reader(
        "NS206",
        "out-of-bounds",
        "A number below or above what its key allows, such as a negative tolerance or size.",
        "It has no meaning there.",
        "within: -0.01",
        "within: 0.01",
    ),
    found_by_reader(
        "NS207",
        "not-supported-yet",
        "A key that is reserved for a later version 1.x: `run`, `use`, `convolution`, `for`.",
        "A later nnspec will give it a meaning; this one could only ignore it.",
        "run: {steps: 10}",
        "Delete the key.",
    ),
    found_by_reader(
        "NS208",
        "conflicting-keys",
        "Keys that exclude each other: a layer with `neurons` and with `size`, `from` and "
        "`weights`; `categories` of an input that is no category.",
        "Only one of them can hold, and nnspec does not choose.",
        "{name: hidden, size: 2, neurons: {historic: {synapses: {age: 1}}}}",
        "{name: hidden, neurons: {historic: {synapses: {age: 1}}}}",
    ),
    found_by_reader(
        "NS209",
        "unsupported-version",
        "A format version that this nnspec does not read.",
        "A newer format may mean something else by the same words.",
        "nnspec: 2",
        "nnspec: 1",
    ),
)
