"""From text to data, and from data back to places in the text."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nnspec.diagnostics import Span
from nnspec.text.building import FORBIDDEN
from nnspec.text.document import Document, ListNode, MapNode, walk
from nnspec.text.parsing import parse_text

TEXTS = st.text(max_size=12).filter(lambda text: FORBIDDEN.search(text) is None)
KEYS = st.one_of(TEXTS, st.sampled_from(["a", "b", "häuser", "x-y", "家", "🏠 home", "null", "1"]))
NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
ROOTS = st.dictionaries(KEYS, TREES, max_size=5)


def plain(value: Any) -> Any:
    """Return a document's data as ordinary dicts and lists."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def same(left: Any, right: Any) -> bool:
    """Whether two trees are equal in types too, so that 1, 1.0 and true are three things."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def as_block(tree: Any, *, flow: bool | None, width: int = 80) -> str:
    """Write a tree as PyYAML does, in quotes where a plain scalar would be read otherwise."""
    text: str = yaml.dump(
        tree, Dumper=yaml.CSafeDumper, default_flow_style=flow, allow_unicode=True,
        sort_keys=False, width=width,
    )  # fmt: skip
    return text


@given(ROOTS)
@example({"a": {"b": [1, 1.0, True, None, "1"]}})
def test_json_is_read_as_json(tree: dict[str, Any]) -> None:
    """JSON is YAML: what json writes is read as json reads it, in either style."""
    texts = [json.dumps(tree, ensure_ascii=False), json.dumps(tree, ensure_ascii=False, indent=2)]
    if not re.search("[\U00010000-\U0010ffff]", texts[0]):  # YAML knows no pairs of escapes
        texts.append(json.dumps(tree))
    for text in texts:
        document = parse_text(text)
        assert document.findings == []
        assert same(plain(document.data), tree)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(ROOTS, st.sampled_from([True, False, None]))
def test_what_pyyaml_writes_is_read_as_pyyaml_reads_it(
    tree: dict[str, Any], flow: bool | None
) -> None:
    """Block and flow, folded and literal, quoted and plain: the data are the author's."""
    text = as_block(tree, flow=flow)
    document = parse_text(text)
    if FORBIDDEN.search(text) is None and not document.findings:
        assert same(plain(document.data), yaml.load(text, Loader=yaml.CSafeLoader))
    else:  # PyYAML escapes what the format forbids, or writes a number that YAML 1.1 reads as one
        assert {f.code for f, _, _ in document.findings} <= {"NS114", "NS107"}


@given(ROOTS, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_the_span_of_each_scalar_reads_as_its_value(
    tree: dict[str, Any], line_end: str, pretty: bool
) -> None:
    """The text between a value's marks, read alone, is the value; and so for keys."""
    text = json.dumps(tree, ensure_ascii=False, indent=2 if pretty else None)
    text = text.replace("\n", line_end)
    document = parse_text(text)
    for path, value in walk(document.data):
        if not path:
            continue
        source = document.source_at(path)
        assert same(plain(parse_text(source).data), plain(value)), (path, source)
        assert_span_says(document, text, path)


def assert_span_says(document: Document, text: str, path: tuple[str | int, ...]) -> None:
    """A span's line and columns lead to the same text as its offsets."""
    span = document.span(path)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    line = lines[span.line - 1]
    marked = line[span.column - 1 : span.end_column - 1]
    source = document.source_at(path).replace("\r\n", "\n").replace("\r", "\n")
    assert span.line == span.end_line
    assert source.split("\n")[0].rstrip() == marked
    if isinstance(path[-1], str):
        key = document.span(path, key=True)
        written = lines[key.line - 1][key.column - 1 : key.end_column - 1]
        assert json.loads(written) == path[-1]


BLOCK = """\
# a comment, and a line of nothing

inputs:
  häuser: {unit: "m²", range: [0, 1]}   # 🏠
  'two words':
    unit: ft2
layers:
  - name: hidden
    bias:
    text: |
      several
      lines
    folded: >-
      a
      b
  -   - deep
      - "quoted, with \\
        a break"
  - &anchor {a: 1}
  - *anchor
last: end"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("path", "key", "span"),
    [
        (("inputs",), True, Span(3, 1, 3, 7)),
        (("inputs",), False, Span(3, 1, 3, 7)),  # a block is pointed at by its key
        (("inputs", "häuser"), True, Span(4, 3, 4, 9)),
        (("inputs", "häuser"), False, Span(4, 11, 4, 38)),
        (("inputs", "häuser", "unit"), False, Span(4, 18, 4, 22)),
        (("inputs", "häuser", "range", 1), False, Span(4, 35, 4, 36)),
        (("inputs", "two words"), True, Span(5, 3, 5, 14)),
        (("inputs", "two words", "unit"), False, Span(6, 11, 6, 14)),
        (("layers", 0), False, Span(8, 5, 8, 17)),
        (("layers", 0, "bias"), False, Span(9, 5, 9, 9)),  # nothing stands there: its key
        (("layers", 0, "text"), False, Span(10, 11, 10, 12)),
        (("layers", 0, "folded"), False, Span(13, 13, 13, 15)),
        (("layers", 1, 1), False, Span(17, 9, 17, 24)),
        (("layers", 2), False, Span(19, 5, 19, 19)),
        (("layers", 3), False, Span(20, 5, 20, 12)),
        (("layers", 3, "a"), False, Span(19, 17, 19, 18)),
        (("last",), False, Span(21, 7, 21, 10)),
        (("absent",), False, Span(3, 1, 3, 8)),
        (("layers", 0, "absent", "deeper"), True, Span(8, 5, 8, 17)),
        ((), False, Span(3, 1, 3, 8)),
    ],
)
def test_spans_of_a_block(
    line_end: str, path: tuple[str | int, ...], key: bool, span: Span
) -> None:
    document = parse_text(BLOCK.replace("\n", line_end))
    assert document.findings == []
    found = document.span(path, key=key)
    assert found == span
    assert document.line_text(found.line) == BLOCK.split("\n")[found.line - 1]


def test_a_renamed_key_keeps_its_place() -> None:
    document = parse_text("{a: 1, bb: 2, c: 3}")
    assert document.span(("bb",), key=True) == Span(1, 8, 1, 10)
    document.data.rename("bb", "b")
    assert list(document.data) == ["a", "b", "c"]
    assert document.span(("b",), key=True) == Span(1, 8, 1, 10)
    assert document.span(("c",)) == Span(1, 18, 1, 19)


def test_nodes_are_formatted_for_nothing() -> None:
    document = parse_text("{a: [1, 2], b: {c: 1}}")
    assert isinstance(document.data, MapNode)
    assert isinstance(document.data["a"], ListNode)
    assert (repr(document.data), repr(document.data["a"])) == ("{…}", "[…]")


@given(ROOTS)
def test_walking_meets_every_value_once_parents_first(tree: dict[str, Any]) -> None:
    """A path met is new, its parent was met before, and it leads to the value."""
    met: set[tuple[str | int, ...]] = set()
    for path, value in walk(tree):
        assert path not in met
        assert not path or path[:-1] in met
        met.add(path)
        at: Any = tree
        for step in path:
            at = at[step]
        assert at is value
