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
from operator import ge, gt, le
from typing import Any, TypeAlias

Test: TypeAlias = Callable[[Any], bool]
"""Whether a part of the data is as a part of the schema asks."""

Maker: TypeAlias = Callable[["Acceptor", Any, Mapping[str, Any]], Test]
"""Makes the test of a keyword, from its value and the schema it stands in."""


Kind: TypeAlias = type[dict[str, Any] | list[Any] | str]


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
        self._parts: dict[str, Test] = {}

    def accepts(self, data: Any, part: str = "") -> bool:
        """Whether the schema, or one of its ``$defs``, accepts the data.

        False too where that cannot be decided here.
        """
        try:
            return self.part(part)(data)
        except UndecidedError:
            return False

    def part(self, name: str) -> Test:
        """The test of one of the ``$defs``, or of the whole schema under the name "".

        Raises
        ------
        UndecidedError
            If it has a keyword that is not known here.
        """
        if name not in self._parts:
            schema = self.schema["$defs"][name] if name else self.schema
            self._parts[name] = self.test(schema)
        return self._parts[name]

    def test(self, schema: Any) -> Test:
        """The test of a part of the schema.

        Raises
        ------
        UndecidedError
            If it has a keyword that is not known here.
        """
        if isinstance(schema, bool):
            return _anything if schema else _nothing
        unknown = schema.keys() - KEYWORDS.keys() - ANNOTATIONS
        if unknown:
            raise UndecidedError(*unknown)
        tests = [KEYWORDS[k](self, value, schema) for k, value in schema.items() if k in KEYWORDS]
        tests = [test for test in tests if test is not _anything]
        return tests[0] if len(tests) == 1 else _all_of(tests)


def _anything(_data: Any) -> bool:
    return True


def _nothing(_data: Any) -> bool:
    return False


def _all_of(tests: list[Test]) -> Test:
    def test(data: Any) -> bool:
        for one in tests:  # noqa: SIM110 -- a tenth faster than all(), and asked for every part
            if not one(data):
                return False
        return True

    return test if tests else _anything


ANNOTATIONS = frozenset(
    {
        "$schema", "$id", "$comment", "$defs", "title", "description", "default", "examples",
        "markdownDescription", "defaultSnippets", "enumDescriptions", "doNotSuggest",
        "patternErrorMessage", "errorMessage", "then", "else",
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


def _type(_a: Acceptor, value: Any, _s: Mapping[str, Any]) -> Test:
    tests = [TYPES[name] for name in ([value] if isinstance(value, str) else value)]
    return tests[0] if len(tests) == 1 else _any_of(tests)


def _any_of(tests: list[Test]) -> Test:
    if _anything in tests:
        return _anything
    return lambda data: any(test(data) for test in tests)


def _enum(_a: Acceptor, value: Any, _s: Mapping[str, Any]) -> Test:
    if any(isinstance(one, list | dict) for one in value):
        raise UndecidedError("enum")
    return lambda data: any(
        one == data and isinstance(one, bool) is isinstance(data, bool) for one in value
    )


def _const(a: Acceptor, value: Any, schema: Mapping[str, Any]) -> Test:
    return _enum(a, [value], schema)


def _ref(a: Acceptor, value: Any, _s: Mapping[str, Any]) -> Test:
    start, _, name = value.rpartition("/")
    if start != "#/$defs":
        raise UndecidedError(value)
    return lambda data: a.part(name)(data)  # looked up late: a schema may refer to itself


def _if(a: Acceptor, value: Any, schema: Mapping[str, Any]) -> Test:
    holds = a.test(value)
    then, otherwise = a.test(schema.get("then", True)), a.test(schema.get("else", True))
    return lambda data: then(data) if holds(data) else otherwise(data)


def _not(a: Acceptor, value: Any, _s: Mapping[str, Any]) -> Test:
    holds = a.test(value)
    return lambda data: not holds(data)


def _one_of(a: Acceptor, value: Any, _s: Mapping[str, Any]) -> Test:
    tests = [a.test(one) for one in value]
    return lambda data: sum(test(data) for test in tests) == 1


def _required(_a: Acceptor, value: Any, _s: Mapping[str, Any]) -> Test:
    return lambda data: not isinstance(data, dict) or all(key in data for key in value)


def _properties(a: Acceptor, value: Any, _s: Mapping[str, Any]) -> Test:
    tests = {key: a.test(inner) for key, inner in value.items()}

    def test(data: Any) -> bool:
        if isinstance(data, dict):
            for key, item in data.items():
                if key in tests and not tests[key](item):
                    return False
        return True

    return test


def _pattern_properties(a: Acceptor, value: Any, _s: Mapping[str, Any]) -> Test:
    tests = [(re.compile(pattern), a.test(inner)) for pattern, inner in value.items()]
    if all(test is _anything for _, test in tests):
        return _anything
    return lambda data: (
        not isinstance(data, dict)
        or all(
            test(item)
            for key, item in data.items()
            for pattern, test in tests
            if pattern.search(key)
        )
    )


def _additional_properties(a: Acceptor, value: Any, schema: Mapping[str, Any]) -> Test:
    named = schema.get("properties", {})
    patterns = [re.compile(pattern) for pattern in schema.get("patternProperties", {})]
    inner = a.test(value)

    def test(data: Any) -> bool:
        return not isinstance(data, dict) or all(
            inner(item)
            for key, item in data.items()
            if key not in named and not any(pattern.search(key) for pattern in patterns)
        )

    return test


def _of_each(kind: Kind, *, some: bool = False) -> Maker:
    """What a schema asks of every key or item, or of some."""

    def make(a: Acceptor, value: Any, _s: Mapping[str, Any]) -> Test:
        inner, count = a.test(value), any if some else all
        return lambda data: not isinstance(data, kind) or count(inner(one) for one in data)

    return make


def _sized(kind: Kind, fits: Callable[[int, int], bool]) -> Maker:
    return lambda _a, value, _s: lambda data: not isinstance(data, kind) or fits(len(data), value)


def _bounded(fits: Callable[[float, float], bool]) -> Maker:
    return lambda _a, value, _s: lambda data: not _is_number(data) or fits(data, value)


def _pattern(_a: Acceptor, value: Any, _s: Mapping[str, Any]) -> Test:
    pattern = re.compile(value)
    return lambda data: not isinstance(data, str) or pattern.search(data) is not None


KEYWORDS: dict[str, Maker] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "$ref": _ref,
    "if": _if,
    "not": _not,
    "anyOf": lambda a, value, _s: _any_of([a.test(one) for one in value]),
    "oneOf": _one_of,
    "required": _required,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _of_each(dict),
    "items": _of_each(list),
    "contains": _of_each(list, some=True),
    "minItems": _sized(list, ge),
    "maxItems": _sized(list, le),
    "minProperties": _sized(dict, ge),
    "maxProperties": _sized(dict, le),
    "minLength": _sized(str, ge),
    "maxLength": _sized(str, le),
    "minimum": _bounded(ge),
    "maximum": _bounded(le),
    "exclusiveMinimum": _bounded(gt),
    "pattern": _pattern,
}
"""Every keyword that the schema uses, as draft 2020-12 defines it."""
