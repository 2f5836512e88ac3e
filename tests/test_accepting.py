"""Whether a schema accepts: the same verdict as the library's, keyword by keyword and in all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from nnspec.validation.shape.accepting import ANNOTATIONS, KEYWORDS, Acceptor
from nnspec.validation.shape.schema import schema_text

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.0, 1.0, 1.5, -2.5, 1e300]),
    st.sampled_from(["", "a", "ab", "x-a", "1", "a\n"]),
)  # fmt: skip
KEYS = st.sampled_from(["a", "b", "x-a", ""])
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)

TYPE_NAMES = ["object", "array", "string", "number", "integer", "boolean", "null"]
COUNTS = st.integers(0, 3)
PATTERNS = st.sampled_from(["^x-", "a", "^[a-b]*$", "^[a-b]*$(?!\\n)"])
SCHEMAS = st.deferred(lambda: st.booleans() | st.fixed_dictionaries({}, optional=OPTIONAL))
OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(TYPE_NAMES) | st.lists(st.sampled_from(TYPE_NAMES), min_size=1),
    "enum": st.lists(SCALARS, min_size=1, max_size=4),
    "const": SCALARS,
    "$ref": st.sampled_from(["#/$defs/one", "#/$defs/two"]),
    "if": SCHEMAS,
    "then": SCHEMAS,
    "else": SCHEMAS,
    "not": SCHEMAS,
    "anyOf": st.lists(SCHEMAS, min_size=1, max_size=3),
    "oneOf": st.lists(SCHEMAS, min_size=1, max_size=3),
    "required": st.lists(KEYS, max_size=2),
    "properties": st.dictionaries(KEYS, SCHEMAS, max_size=3),
    "patternProperties": st.dictionaries(PATTERNS, SCHEMAS, max_size=2),
    "additionalProperties": SCHEMAS,
    "propertyNames": SCHEMAS,
    "items": SCHEMAS,
    "contains": SCHEMAS,
    **dict.fromkeys(["minItems", "maxItems", "minProperties", "maxProperties"], COUNTS),
    **dict.fromkeys(["minLength", "maxLength"], COUNTS),
    **dict.fromkeys(["minimum", "maximum", "exclusiveMinimum"], st.integers(-3, 3)),
    "pattern": PATTERNS,
    "title": st.just("any text"),
}

DEFS = {"one": {"type": "string"}, "two": {"items": {"$ref": "#/$defs/one"}, "minItems": 1}}


@given(SCHEMAS, st.lists(DATA, min_size=1, max_size=5))
def test_the_verdict_is_the_library_s(schema: Any, data: list[Any]) -> None:
    whole = {**schema, "$defs": DEFS} if isinstance(schema, dict) else {"not": {}, "$defs": DEFS}
    library, own = Draft202012Validator(whole), Acceptor(whole)
    for one in data:
        assert own.accepts(one) is library.is_valid(one), one


@pytest.mark.parametrize("keyword", sorted(KEYWORDS))
@given(data=st.data())
def test_the_verdict_on_each_keyword_is_the_library_s(keyword: str, data: st.DataObject) -> None:
    schema = {keyword: data.draw(OPTIONAL[keyword]), "$defs": DEFS}
    if keyword == "if":
        schema |= {"then": data.draw(SCHEMAS), "else": data.draw(SCHEMAS)}
    if keyword == "additionalProperties":
        schema |= {"properties": {"a": True}, "patternProperties": {"^x-": True}}
    given_data = data.draw(DATA)
    library = Draft202012Validator(schema)
    assert Acceptor(schema).accepts(given_data) is library.is_valid(given_data)


def test_every_keyword_of_the_format_s_schema_is_known() -> None:
    def keywords(schema: Any) -> set[str]:
        if not isinstance(schema, dict):
            return set()
        found = set(schema)
        for key in ("properties", "patternProperties", "$defs"):
            for inner in schema.get(key, {}).values():
                found |= keywords(inner)
        for key in ("if", "then", "else", "not", "items", "additionalProperties", "propertyNames"):
            found |= keywords(schema.get(key))
        for key in ("anyOf", "oneOf"):
            for inner in schema.get(key, ()):
                found |= keywords(inner)
        return found

    assert keywords(json.loads(schema_text())) <= KEYWORDS.keys() | ANNOTATIONS


def test_an_unknown_keyword_or_reference_is_left_to_the_library() -> None:
    schemas: list[dict[str, Any]] = [
        {"uniqueItems": True},
        {"not": {"uniqueItems": True}},
        {"$ref": "elsewhere.json"},
        {"enum": [[1]]},
        {"not": {"const": {}}},
    ]
    for schema in schemas:
        assert not Acceptor(schema).accepts([1])


def test_a_spec_without_faults_needs_no_library(tmp_path: Path) -> None:
    """For the shipped specs; a misspelt key does need it."""
    specs = sorted(Path(__file__).parent.parent.joinpath("specs").glob("*.yaml"))
    program = (
        "import sys; from nnspec.loading import check_file\n"
        "found = [check_file(name) for name in sys.argv[1:]]\n"
        "print('jsonschema' in sys.modules)"
    )

    def imported(*names: object) -> str:
        command = [sys.executable, "-c", program, *map(str, names)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert imported(*specs) == "False"
    broken = tmp_path / "broken.yaml"
    broken.write_text(specs[0].read_text().replace("layers:", "layer:", 1))
    assert imported(broken) == "True"
