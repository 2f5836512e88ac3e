"""NS304: a name that is not a name; in YAML the JSON Schema finds it first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Literal

from nnspec.diagnostics import Finding, Path
from nnspec.diagnostics.suggestions import quote
from nnspec.spec.model import NetworkSpec
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._paths import neuron_path

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

MAX_LENGTH = 128

HELP = (
    "a name is letters, digits, '_' and '-', begins with a letter or '_', and has at most "
    f"{MAX_LENGTH} characters; 'title' may be any text"
)


def is_name(text: object) -> bool:
    """Whether a text is a name of the format."""
    return isinstance(text, str) and len(text) <= MAX_LENGTH and NAME.fullmatch(text) is not None


def message(given: str) -> str:
    """What to say of a text that is no name."""
    if isinstance(given, str) and len(given) > MAX_LENGTH:
        return f"{quote(given)} has {len(given)} characters, too many for a name"
    return f"{quote(given)} is not a name"


def column_help(given: str) -> str:
    """How an input is named whose column's name is none; empty where no name is left of it.

    Examples
    --------
    >>> column_help("od280/od315")
    'name it od280-od315, and say which column it reads: "od280-od315: {column: od280/od315}"'
    """
    name = re.sub(r"[^A-Za-z0-9_]+", "-", given).strip("-")[:MAX_LENGTH]
    name = name if not name[:1].isdigit() else f"x{name}"
    if not is_name(name):
        return ""
    column = given if re.fullmatch(r"[A-Za-z][\w./() -]*", given) else json.dumps(given)
    return f'name it {name}, and say which column it reads: "{name}: {{column: {column}}}"'


def check(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each declared name that breaks the grammar."""
    for name, path, is_key in _declared(subject.spec):
        if not is_name(name):
            mend = column_help(name) if path[:1] == ("inputs",) else ""
            at: Literal["key", "value"] = "key" if is_key else "value"
            yield Finding("NS304", path, message(name), mend or HELP, at=at)


def _declared(spec: NetworkSpec) -> Iterator[tuple[str, Path, bool]]:
    yield spec.name, ("name",), False
    for item in spec.inputs:
        yield item.name, ("inputs", item.name), True
    for parameter in spec.parameters:
        yield parameter, ("parameters", parameter), True
    for index, layer in enumerate(spec.layers):
        yield layer.name, ("layers", index, "name"), False
    for index, neuron in spec.neurons():
        yield neuron.name, neuron_path(index, neuron.name), True


RULE = error(
    "NS304",
    "invalid-name",
    what=(
        "A name of an input, neuron, parameter, layer or network that is not letters, digits, `_` "
        "and `-`, beginning with a letter or `_`, of at most 128 characters."
    ),
    why=(
        "Names become column headers, SQL columns and identifiers, and must survive all of them. "
        "Invisible or look-alike characters would make two names look the same."
    ),
    example="neurons:\n  large near city: {synapses: {area: 1}}",
    mend='neurons:\n  large-near-city: {title: "large, near the city", synapses: {area: 1}}',
)(check)
