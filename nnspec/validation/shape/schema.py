"""Document -> findings, from the JSON Schema: what is of the wrong shape.

The schema is written so that one fault gives one error at the deepest place; here each error is
put into the author's words. A misspelt key is mended in the document before the rest is judged,
so that ``input:`` for ``inputs:`` does not hide, or cause, a hundred others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any

from nnspec.diagnostics import Finding, Path, Span
from nnspec.diagnostics.limits import MOST_FAULTS
from nnspec.diagnostics.suggestions import listed, nearest, quote
from nnspec.functions.activations import find
from nnspec.text.document import Document, MapNode
from nnspec.validation.rules.names.invalid_name import HELP as NAME_HELP
from nnspec.validation.rules.names.invalid_name import column_help
from nnspec.validation.rules.names.invalid_name import message as name_message
from nnspec.validation.rules.shape.unknown_word import unknown_activation, unknown_word
from nnspec.validation.shape.accepting import Acceptor
from nnspec.validation.shape.light import LightCopy
from nnspec.validation.shape.synonyms import (
    FORMS,
    KEYS,
    NOT_A_LIST,
    NOT_A_MAP,
    kind_of,
    missing_colon,
)
from nnspec.validation.shape.tables import HEAVY_DEFS, check_tables, disguised_number

SCHEMA_FILE = "nnspec-1.schema.json"

Located = tuple[Finding, Span]


@cache
def schema_text() -> str:
    """The JSON Schema of the format, as it is shipped."""
    try:
        folder = resources.files("nnspec.schemas")
    except ModuleNotFoundError:  # run from a checkout: there the folder stands beside nnspec
        folder = resources.files("nnspec").joinpath("..", "schemas")
    return folder.joinpath(SCHEMA_FILE).read_text(encoding="utf-8")


@cache
def _light_schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(schema_text())
    schema["$defs"].update(HEAVY_DEFS)
    return schema


@cache
def acceptor() -> Acceptor:
    """What decides whether a spec, or a part of one, is as the schema asks."""
    return Acceptor(_light_schema())


@cache
def _validator() -> Any:
    # Imported here: it takes a tenth of a second, and only a spec with faults needs it.
    from jsonschema import Draft202012Validator
    from referencing import Registry

    # An empty registry: no reference is ever fetched from anywhere.
    return Draft202012Validator(_light_schema(), registry=Registry())


def check_shape(document: Document) -> list[Located]:
    """Every fault of a document's shape, each at its place; misspelt keys are mended in passing.

    At most :data:`~nnspec.diagnostics.limits.MOST_FAULTS` are looked for.
    """
    if not isinstance(document.data, dict):
        message = f"a spec must be one mapping; given {quote(document.data)}"
        finding = Finding("NS203", (), message, "begin with 'nnspec: 1'")
        return [(finding, document.span(()))]
    # A misspelt key is missing too; both are found before the one is mended and the other gone.
    first = list(islice(_findings(document), 2 * MOST_FAULTS))
    repairs = [r for r in (_repair(document, finding) for finding in first) if r is not None]
    if not repairs:
        return [(finding, _span(document, finding)) for finding in first[:MOST_FAULTS]]
    misspelt = [(f, _span(document, f)) for f in first if f.code in ("NS201", "NS210", "NS211")]
    known = {finding for finding, _ in misspelt}
    for path, old, new in repairs:
        _at(document.data, path).rename(old, new)
    rest = [f for f in islice(_findings(document), MOST_FAULTS) if f not in known]
    found = misspelt + [(finding, _span(document, finding)) for finding in rest]
    return found[:MOST_FAULTS]


def _span(document: Document, finding: Finding) -> Span:
    return document.span(finding.path, key=finding.at == "key")


def _repair(document: Document, finding: Finding) -> tuple[Path, str, str] | None:
    """The mending of a misspelt key: the path of its map, the key, and the one it is near."""
    new = finding.suggestion
    if finding.code != "NS201" or new is None:
        return None
    path, old = finding.path[:-1], finding.path[-1]
    node = _at(document.data, path)
    is_free = isinstance(node, MapNode) and isinstance(old, str) and new not in node
    return (path, str(old), new) if is_free else None


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _findings(document: Document) -> Iterator[Finding]:
    seen: set[tuple[str, Path]] = set()
    if not acceptor().accepts(document.data):
        light = LightCopy(document.data, acceptor())
        for error in _validator().iter_errors(light.data):
            for finding in _translate(document, error, light.path(error.absolute_path)):
                if (finding.code, finding.path) not in seen:
                    seen.add((finding.code, finding.path))
                    yield finding
    yield from check_tables(document)


def _translate(document: Document, error: Any, path: Path) -> Iterator[Finding]:
    translate = TRANSLATIONS.get(error.validator)
    if translate is None:  # a keyword that the schema does not use today
        yield Finding("NS203", path, error.message)
    else:
        yield from translate(document, error, path)


# -- one function for each keyword ----------------------------------------------------------------


def _unknown_keys(document: Document, error: Any, path: Path) -> Iterator[Finding]:
    legal = {
        key: value for key, value in error.schema.get("properties", {}).items()
        if not _is_reserved(value)
    }  # fmt: skip
    for key in error.instance:
        if key in error.schema.get("properties", {}) or key.startswith("x-"):
            continue
        if path[-1:] == ("activation",):
            yield replace(unknown_activation((*path, key), key), at="key")
            continue
        absent = [name for name in legal if name not in error.instance]
        kind = kind_of(path)
        synonym = KEYS.get(kind, {}).get(key)
        near = synonym if synonym in absent else nearest(key, absent)
        mend = f"did you mean {quote(near)}?" if near else _legal_keys(legal)
        if key in FORMS.get(kind, {}):
            near, mend = None, FORMS[kind][key]
        elif error.instance[key] is None and missing_colon(key):
            near, mend = None, missing_colon(key)
        if key.isdigit():  # {bias: 1,000} is a bias of 1 and a key
            near, mend = None, "if a comma stands in a number here, write the number without it"
        parameter = path[-2:-1] == ("activation",)
        code = "NS211" if parameter else "NS201"
        what = f"{path[-1]} has no parameter" if parameter else f"{_place(path)} has no key"
        at = (*path, key)
        yield Finding(code, at, f"{what} {quote(key)}", mend, at="key", suggestion=near)


def _legal_keys(legal: dict[str, Any]) -> str:
    if not legal:
        return "it takes none"
    return f"legal: {listed(legal)}; a key of your own begins with 'x-'"


def _place(path: Path) -> str:
    """What a map is, in the author's words."""
    if not path:
        return "a spec"
    kinds = {"inputs": "an input", "layers": "a layer", "neurons": "a neuron"}
    kinds |= {"examples": "an example", "properties": "a property"}
    parent = path[-2] if len(path) > 1 else None
    if isinstance(parent, str) and parent in kinds:
        return kinds[parent]
    return f"'{path[-1]}'"


def _is_reserved(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("$ref") == "#/$defs/reserved"


def _missing_keys(document: Document, error: Any, path: Path) -> Iterator[Finding]:
    # The library gives one error for each missing key, but not the key itself: the first is told.
    for key in [key for key in error.validator_value if key not in error.instance][:1]:
        code = "NS211" if path[-2:-1] == ("activation",) else "NS202"
        owner = f"{path[-1]}" if code == "NS211" else _place(path)
        described = error.schema.get("properties", {}).get(key, {}).get("title")
        says_more = described is not None and described.casefold() != key
        mend = f"add '{key}:' ({described})" if says_more else f"add '{key}:'"
        if (path, key) == ((), "nnspec"):
            mend = "begin the file with 'nnspec: 1', the version of the format"
        yield Finding(code, path, f"{owner} needs the key {quote(key)}", mend, at="key")


TYPE_WORDS = {
    "number": "a number",
    "integer": "a whole number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}


def _wrong_type(document: Document, error: Any, path: Path) -> Iterator[Finding]:
    types = error.validator_value
    legal = [types] if isinstance(types, str) else types
    given = error.instance
    wants_number = "number" in legal or "integer" in legal
    if wants_number and isinstance(given, str):
        disguised = disguised_number(document, path, given)
        if disguised is not None:
            yield disguised
            return
    words = " or ".join(TYPE_WORDS[name] for name in legal)
    if path[-1:] == ("bias",) and "string" in legal:
        words = "a number or the name of a parameter"
    mend = ""
    if legal == ["string"] and isinstance(given, int | float):
        mend = f'quote it: "{document.source_at(path)}"'
    elif wants_number and given in ("True", "TRUE", "False", "FALSE"):
        mend = "booleans are written true and false"
    elif path and isinstance(given, dict | list | str):
        mend = {**NOT_A_LIST, **NOT_A_MAP}.get(str(path[-1]), "")
    what = f"'{path[-1]}'" if path and isinstance(path[-1], str) else "this value"
    if path and isinstance(path[-1], int) and len(path) > 1:
        what = f"an item of '{path[-2]}'"
    code = "NS211" if "activation" in path[-3:-1] else "NS203"
    yield Finding(code, path, f"{what} must be {words}; given {quote(given)}", mend)


def _unknown_word(document: Document, error: Any, path: Path) -> Iterator[Finding]:
    given = error.instance
    if path[-1:] == ("activation",):
        yield _bad_activation(path, given)
    elif not isinstance(given, str) and error.validator == "enum":
        key = path[-1] if path else "this"
        legal = f"legal: {listed(error.validator_value)}"
        message = f"'{key}' must be one of a few words; given {quote(given)}"
        yield Finding("NS203", path, message, legal)
    else:
        yield unknown_word(path, given, map(str, error.validator_value))


def _bad_activation(path: Path, given: Any) -> Finding:
    if not isinstance(given, str):
        message = f"an activation must be a name, or a map of its name; given {quote(given)}"
        return Finding("NS203", path, message, "such as relu, or {leaky-relu: {slope: 0.2}}")
    function = find(given)
    if function is not None:  # it may not be given by its name alone
        names = [p.name for p in function.parameters]
        form = ", ".join(f"{name}: …" for name in names)
        message = f"the activation {quote(given)} needs its parameters: {listed(names)}"
        return Finding("NS211", path, message, f"write {{{given}: {{{form}}}}}")
    return unknown_activation(path, given)


def _wrong_version(document: Document, error: Any, path: Path) -> Iterator[Finding]:
    given = error.instance
    message = f"this nnspec reads format version 1; the file says {quote(given)}"
    newer = isinstance(given, int | float) and not isinstance(given, bool) and given > 1
    mend = "a newer nnspec may read it" if newer else "write 'nnspec: 1'"
    yield Finding("NS209", path, message, mend)


LENGTH_HELP: dict[str | int, str] = {
    "activation": "a neuron has one activation",
    "transform": "several steps are a list: [{…: …}, {…: …}]",
}
"""The mend of a map that chooses one thing and has several keys."""

RULES_SAY_IT = {("inputs",), ("layers",), ("outputs",)}
"""Where emptiness is a rule's to report, for specs built in Python too."""


def _wrong_length(document: Document, error: Any, path: Path) -> Iterator[Finding]:
    if path in RULES_SAY_IT or path[-1:] in (("neurons",), ("synapses",)):
        return
    count, bound = len(error.instance), error.validator_value
    what = f"'{next((s for s in reversed(path) if isinstance(s, str)), 'this')}'"
    least = error.validator.startswith("min")
    exact = error.schema.get("minItems") == error.schema.get("maxItems") is not None
    legal = f"{bound}" if exact else f"at {'least' if least else 'most'} {bound}"
    items = "entry" if bound == 1 else "entries"
    if error.validator == "minLength":
        items = "character" if bound == 1 else "characters"
    mend = LENGTH_HELP.get(path[-1], "") if path and not least else ""
    if path[-1:] == ("range",):
        mend = "write [low, high]; null leaves a side open"
    code = "NS211" if "activation" in path else "NS205"
    yield Finding(code, path, f"{what} must have {legal} {items}; given {count}", mend)


def _out_of_bounds(document: Document, error: Any, path: Path) -> Iterator[Finding]:
    words = {"minimum": "at least", "exclusiveMinimum": "greater than", "maximum": "at most"}
    legal = f"{words[error.validator]} {error.validator_value}"
    code = "NS206"
    if "activation" in path:
        code = "NS211"
    elif "transform" in path:
        code = "NS504"
    what = f"'{path[-1]}'" if path and isinstance(path[-1], str) else "this number"
    yield Finding(code, path, f"{what} must be {legal}; given {quote(error.instance)}")


def _not_a_name(document: Document, error: Any, path: Path) -> Iterator[Finding]:
    given = error.instance
    if str(error.schema.get("$comment", "")).startswith("weight:"):
        return  # a number in disguise is told with the tables, another word by the rules
    is_key = path[-1:] != ("name",) or path[-2:] == ("neurons", "name")
    is_key = is_key or "propertyNames" in error.absolute_schema_path
    at = (*path, given) if "propertyNames" in error.absolute_schema_path else path
    mend = column_help(given) if path == ("inputs",) else ""
    yield Finding(
        "NS304", at, name_message(given), mend or NAME_HELP, at="key" if is_key else "value"
    )


def _forbidden(document: Document, error: Any, path: Path) -> Iterator[Finding]:
    comment = error.schema.get("$comment", "")
    fault = error.validator_value.get("$comment", comment)
    key = str(path[-1]) if path else ""
    if fault.startswith("reserved"):
        message = f"{quote(key)} is not supported yet"
        mend = "the word is reserved for a later version of the format; delete it"
        yield Finding("NS207", path, message, mend, at="key")
    elif fault.startswith("mixed-layer"):
        message = "a layer has either 'neurons' or the bulk form's 'size', 'from' and 'weights'"
        both = [k for k in ("size", "from", "weights") if k in error.instance]
        yield Finding(
            "NS208", (*path, both[0]), f"{message}; given both", "delete one of the two", at="key"
        )
    else:
        other = {"categories": "type: category", "tensor": "a file"}.get(key, "another key")
        message = f"{quote(key)} goes with {other} only"
        yield Finding("NS208", path, message, f"delete it, or add {other}", at="key")


def _exactly_one(document: Document, error: Any, path: Path) -> Iterator[Finding]:
    keys = [branch["required"][0] for branch in error.validator_value]
    given = [key for key in keys if key in error.instance]
    if path[-1:] == ("weights",):
        code, what = ("NS208" if given else "NS202"), "the weights' map"
    else:
        code, what = "NS705", "a property"
    counted = f"{len(given)} ({listed(given)})" if given else "none"
    yield Finding(
        code, path, f"{what} needs exactly one of {listed(keys)}; given {counted}",
        "make it several" if len(given) > 1 and code == "NS705" else "",
    )  # fmt: skip


TRANSLATIONS: dict[str, Callable[[Document, Any, Path], Iterator[Finding]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "type": _wrong_type,
    "enum": _unknown_word,
    "const": _wrong_version,
    "minItems": _wrong_length,
    "maxItems": _wrong_length,
    "minProperties": _wrong_length,
    "maxProperties": _wrong_length,
    "minLength": _wrong_length,
    "minimum": _out_of_bounds,
    "exclusiveMinimum": _out_of_bounds,
    "maximum": _out_of_bounds,
    "pattern": _not_a_name,
    "maxLength": _not_a_name,
    "not": _forbidden,
    "oneOf": _exactly_one,
}
"""The library's keyword -> what it means for an author."""
