"""NS903: an input that no path carries to an output; NS908: a parameter that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import listed, quote
from nnspec.spec.topology import reaching_units
from nnspec.validation.rule import Subject, warning
from nnspec.validation.rules._paths import weights


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each input from which no chain of synapses leads to an output."""
    reaching = reaching_units(subject.spec, subject.wiring)
    for item in subject.spec.inputs:
        idle = [unit for unit in item.units if unit not in reaching]
        if len(idle) == len(item.units):
            yield Finding(
                "NS903",
                ("inputs", item.name),
                f"no path carries input {quote(item.name)} to an output "
                f"({listed(subject.spec.output_names, most=3)})",
                "use it in a neuron, or delete it: the table must otherwise hold it for nothing",
                at="key",
            )


def check_parameters(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each parameter that no weight and no bias names."""
    used = {weight for _, weight in weights(subject.spec) if isinstance(weight, str)}
    for name in subject.spec.parameters:
        if name not in used:
            message = f"no weight or bias uses parameter {quote(name)}"
            path = ("parameters", name)
            yield Finding("NS908", path, message, "use it, or delete it", at="key")


RULE = warning(
    "NS903",
    "unused-input",
    what="An input that no chain of synapses carries to an output.",
    why="Every table must have its column, and no output would ever change with it.",
    example="inputs:\n  area: {unit: ft2}\n  age: {unit: year}\n# ...\n"
    "price: {synapses: {area: 327.56}}",
    mend="inputs:\n  area: {unit: ft2}\n# ...\nprice: {synapses: {area: 327.56}}",
)(check)

UNUSED_PARAMETER = warning(
    "NS908",
    "unused-parameter",
    what="A parameter that no weight and no bias names.",
    why="Changing it changes nothing, though a reader would expect it to.",
    example="parameters: {rate: 120.5, unit-price: 3}\n# ...\nsynapses: {area: rate}",
    mend="parameters: {rate: 120.5}\n# ...\nsynapses: {area: rate}",
)(check_parameters)
