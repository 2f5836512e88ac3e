"""Whether the JSON Schema accepts a spec: yes or no, and not why.

The ``jsonschema`` library says what is wrong, and where; to import it takes as long as to evaluate
a table of a hundred thousand rows. A spec that is fine needs no explanation, so its acceptance is
decided here, by the keywords that the schema uses, and the library is called only for the others.
A keyword that is not known here leaves the decision to the library. The tests hold the two equal
on mutated specs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Check: TypeAlias = Callable[["Acceptor", Any, Any, Mapping[str, Any]], bool]


class UndecidedError(Exception):
    """The schema uses a keyword that is not known here."""


class Acceptor:
    """Decides by one schema, all of whose references are to its own ``$defs``.

    Parameters
    ----------
    schema
        The JSON Schema, draft 2020-12.

    Examples
    --------
    >>> acceptor = Acceptor({"type": "array", "items": {"type": "number"}, "minItems": 1})
    >>> acceptor.accepts([1, 2.5]), acceptor.accepts([]), acceptor.accepts([True])
    (True, False, False)
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def accepts(self, data: Any) -> bool:
        """Whether the schema accepts the data; False too where that cannot be decided here."""
        try:
            return self.holds(data, self.schema)
        except UndecidedError:
            return False

    def holds(self, data: Any, schema: Any) -> bool:
        """Whether a part of the data is as a part of the schema asks.

        Raises
        ------
        UndecidedError
            If the part has a keyword that is not known here.
        """
        if isinstance(schema, bool):
            return schema
        for keyword, value in schema.items():
            check = KEYWORDS.get(keyword)
            if check is None:
                if keyword not in ANNOTATIONS:
                    raise UndecidedError(keyword)
            elif not check(self, data, value, schema):
                return False
        return True


ANNOTATIONS = frozenset(
    {
        "$schema", "$id", "$comment", "$defs", "title", "description", "default", "examples",
        "markdownDescription", "defaultSnippets", "enumDescriptions", "doNotSuggest",
        "patternErrorMessage", "then", "else",
    }
)  # fmt: skip
"""Keywords that accept everything; ``then`` and ``else`` are judged with their ``if``."""

TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda data: isinstance(data, dict),
    "array": lambda data: isinstance(data, list),
    "string": lambda data: isinstance(data, str),
    "boolean": lambda data: isinstance(data, bool),
    "null": lambda data: data is None,
    "number": lambda data: _is_number(data),
    "integer": lambda data: _is_number(data) and (isinstance(data, int) or data.is_integer()),
}


def _is_number(data: Any) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool)


def _type(_a: Acceptor, data: Any, value: Any, _s: Mapping[str, Any]) -> bool:
    names = [value] if isinstance(value, str) else value
    return any(TYPES[name](data) for name in names)


def _enum(_a: Acceptor, data: Any, value: Any, _s: Mapping[str, Any]) -> bool:
    if any(isinstance(one, list | dict) for one in value):
        raise UndecidedError("enum")
    return any(one == data and isinstance(one, bool) is isinstance(data, bool) for one in value)


def _const(a: Acceptor, data: Any, value: Any, schema: Mapping[str, Any]) -> bool:
    return _enum(a, data, [value], schema)


def _ref(a: Acceptor, data: Any, value: Any, _s: Mapping[str, Any]) -> bool:
    start, _, name = value.rpartition("/")
    if start != "#/$defs":
        raise UndecidedError(value)
    return a.holds(data, a.schema["$defs"][name])


def _if(a: Acceptor, data: Any, value: Any, schema: Mapping[str, Any]) -> bool:
    return a.holds(data, schema.get("then" if a.holds(data, value) else "else", True))


def _required(_a: Acceptor, data: Any, value: Any, _s: Mapping[str, Any]) -> bool:
    return not isinstance(data, dict) or all(key in data for key in value)


def _properties(a: Acceptor, data: Any, value: Any, _s: Mapping[str, Any]) -> bool:
    if not isinstance(data, dict):
        return True
    return all(a.holds(item, value[key]) for key, item in data.items() if key in value)


def _pattern_properties(a: Acceptor, data: Any, value: Any, _s: Mapping[str, Any]) -> bool:
    if not isinstance(data, dict):
        return True
    return all(
        a.holds(item, schema)
        for pattern, schema in value.items()
        for key, item in data.items()
        if re.search(pattern, key)
    )


def _additional_properties(a: Acceptor, data: Any, value: Any, schema: Mapping[str, Any]) -> bool:
    if not isinstance(data, dict):
        return True
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    return all(
        a.holds(item, value)
        for key, item in data.items()
        if key not in named and not any(re.search(pattern, key) for pattern in patterns)
    )


def _property_names(a: Acceptor, data: Any, value: Any, _s: Mapping[str, Any]) -> bool:
    return not isinstance(data, dict) or all(a.holds(key, value) for key in data)


def _items(a: Acceptor, data: Any, value: Any, _s: Mapping[str, Any]) -> bool:
    return not isinstance(data, list) or all(a.holds(item, value) for item in data)


def _contains(a: Acceptor, data: Any, value: Any, _s: Mapping[str, Any]) -> bool:
    return not isinstance(data, list) or any(a.holds(item, value) for item in data)


def _sized(kind: type[dict[Any, Any] | list[Any] | str], fits: Callable[[int, int], bool]) -> Check:
    def check(_a: Acceptor, data: Any, value: Any, _s: Mapping[str, Any]) -> bool:
        return not isinstance(data, kind) or fits(len(data), value)

    return check


def _bounded(fits: Callable[[float, float], bool]) -> Check:
    def check(_a: Acceptor, data: Any, value: Any, _s: Mapping[str, Any]) -> bool:
        return not _is_number(data) or fits(data, value)

    return check


def _at_least(x: float, bound: float) -> bool:
    return x >= bound


def _at_most(x: float, bound: float) -> bool:
    return x <= bound


KEYWORDS: dict[str, Check] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "$ref": _ref,
    "if": _if,
    "not": lambda a, data, value, _s: not a.holds(data, value),
    "anyOf": lambda a, data, value, _s: any(a.holds(data, one) for one in value),
    "oneOf": lambda a, data, value, _s: sum(a.holds(data, one) for one in value) == 1,
    "required": _required,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "items": _items,
    "contains": _contains,
    "minItems": _sized(list, _at_least),
    "maxItems": _sized(list, _at_most),
    "minProperties": _sized(dict, _at_least),
    "maxProperties": _sized(dict, _at_most),
    "minLength": _sized(str, _at_least),
    "maxLength": _sized(str, _at_most),
    "minimum": _bounded(_at_least),
    "maximum": _bounded(_at_most),
    "exclusiveMinimum": _bounded(lambda x, bound: x > bound),
    "pattern": lambda _a, data, value, _s: not isinstance(data, str) or bool(
        re.search(value, data)
    ),
}  # fmt: skip
"""Every keyword that the schema uses, as draft 2020-12 defines it."""
