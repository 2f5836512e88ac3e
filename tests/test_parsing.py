"""From bytes to a document: encodings, anchors, faults of the YAML, and nothing ever raised."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nnspec.diagnostics.limits import Limits
from nnspec.text.parsing import parse_bytes, parse_text


def codes(text: str, limits: Limits | None = None) -> list[str]:
    """The codes of what is wrong with a text's YAML."""
    document = parse_text(text) if limits is None else parse_text(text, limits)
    return [finding.code for finding, _, _ in document.findings]


def test_an_alias_is_the_value_of_its_anchor_wherever_it_stands() -> None:
    document = parse_text("a: &a {b: [1, 2]}\nc: *a\nd: [*a, &n 5, *n, &t text, *t]\n&k e: *k")
    assert document.findings == []
    data = document.data
    assert data["c"] is data["a"]
    assert data["d"] == [data["a"], 5, 5, "text", "text"]
    assert data["e"] == "e"


def test_an_anchor_given_twice_is_the_last_before_the_alias() -> None:
    assert parse_text("[&a 1, *a, &a 2, *a]").data == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("text", "expanded"),
    [("[1, 2]", 3), ("{a: 1}", 3), ("[&a [1, 2], *a]", 7), ("[&a [1], &b [*a, *a], *b, *b]", 18)],
)
def test_values_are_counted_as_aliases_expand_them(text: str, expanded: int) -> None:
    assert codes(text, Limits(nodes=expanded)) == []
    assert codes(text, Limits(nodes=expanded - 1)) == ["NS111"]


def test_depth_is_counted_from_the_top() -> None:
    assert codes("[[[]]]", Limits(depth=3)) == []
    assert codes("[[[[]]]]", Limits(depth=3)) == ["NS113"]
    assert codes("a:\n  b:\n    c: {}\n", Limits(depth=3)) == ["NS113"]


@pytest.mark.parametrize("opened", ["[", "{a: ", "- ", "? ", "{? ["])
@pytest.mark.parametrize(("depth", "said"), [(3, "3"), (64, "64"), (990, "990"), (5000, "1,000")])
def test_depth_is_refused_in_one_wording_whoever_meets_it_first(
    opened: str, depth: int, said: str
) -> None:
    for count in (depth + 1, 1_001, 1_100, 100_000):
        document = parse_text(opened * max(count, min(depth, 1_000) + 1), Limits(depth=depth))
        (finding, _, _) = document.findings[0]
        assert (finding.code, finding.message) == ("NS113", f"nested deeper than {said} levels")
        assert finding.help == "no spec needs this depth; is a bracket left open?"


def test_entries_are_counted_except_where_neurons_and_weights_stand() -> None:
    few = Limits(parts=2)
    assert codes("outputs: [a, b]", few) == []
    assert codes("outputs: [a, b, c]", few) == ["NS507"]
    assert codes("inputs: {a: , b: , c: }", few) == ["NS507"]
    assert codes("layers: [{activation: {piecewise: {knots: [1, 2, 3]}}}]", few) == ["NS507"]
    assert codes("layers: [{neurons: {a: {synapses: {a: 1, b: 1, c: 1}}}}]", few) == []
    assert codes("layers: [{weights: [[1, 2, 3], [1], [2]]}]", few) == []
    assert codes("x-a: [1, 2, 3, {b: [1, 2, 3]}]\nb: 1\nc: 1\nd: 1", few) == []


def test_bytes_beyond_the_limit_are_not_looked_at() -> None:
    assert parse_bytes(b"a: 1", Limits(spec_bytes=4)).findings == []
    found = parse_bytes(b"\xff\xfe\0\0\0", Limits(spec_bytes=4)).findings
    assert [finding.code for finding, _, _ in found] == ["NS601"]


@pytest.mark.parametrize(
    "text", ["{a: 1, a: 2}", "a: 1\nb: 2\na: 3", "{a: 1, 'a': 2}", '{a: 1, "\\x61": 2}']
)
def test_the_first_of_two_equal_keys_is_kept(text: str) -> None:
    document = parse_text(text)
    assert [finding.code for finding, _, _ in document.findings] == ["NS103"]
    assert document.data["a"] == 1


def test_each_of_three_equal_keys_names_the_first() -> None:
    found = parse_text("a: 1\nb: 0\nb: 1\na: 2\nc: 0\nc: 1\na: 3\n").findings
    lines = [finding.message.rsplit(" ", 1)[1] for finding, _, _ in found]
    assert lines == ["2", "1", "5", "1"]


def test_faults_of_the_yaml_are_all_found() -> None:
    text = "a: !x 1\n<<: {}\n1: 2\na: 3\nb: .nan\nc: *d\ne: 1e-999\n"
    assert codes(text) == ["NS104", "NS106", "NS107", "NS103", "NS108", "NS117", "NS110"]


@given(st.binary(max_size=200))
@example(b"\xff\xfea")
@example(b"\xef\xbb\xbf\xff")
@example(b"a: \xed\xa0\x80")
def test_any_bytes_make_a_document_or_a_finding(content: bytes) -> None:
    """Nothing raises; what could not be read to its end says why."""
    document = parse_bytes(content)
    assert document.complete or document.findings
    for _, start, end in document.findings:
        span = document.span_of_offsets(start, end)
        assert span.line >= 1
        assert 1 <= span.column <= span.end_column


YAML_LIKE = st.text(alphabet="ab1 -:{}[],&*!|>'\"#%@\n\t?.<~=_0x\r\ufeff", max_size=40)


@settings(max_examples=300)
@given(YAML_LIKE)
@example("{[a]: 1}")
@example("? {a: b}")
@example("&a [*a]")
@example("- - -\n? - a\n: b")
@example("*a : 1")
@example("a: *b\n*c : d")
@example("!!a &b c: d")
@example('"\\x00": 1')
def test_anything_like_yaml_agrees_with_the_composer(text: str) -> None:
    """What is read without a finding has the shape that PyYAML composes, and the same keys."""
    document = parse_text(text)
    if document.findings:
        return
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    assert shape_of(document.data) == composed_shape(node)


def shape_of(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape_of(item) for key, item in value.items()}
    return [shape_of(item) for item in value] if isinstance(value, list) else "scalar"


def composed_shape(node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: composed_shape(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [composed_shape(item) for item in node.value]
    return "scalar"


@given(
    st.integers(1, 400), st.lists(st.sampled_from(["", "  ", "# a note", "   # note"]), max_size=4)
)
def test_a_fault_of_the_yaml_is_never_shown_on_a_blank_line(cut: int, after: list[str]) -> None:
    """Wherever a spec is cut off, and however many blank lines and comments follow."""
    text = SPEC[:cut] + "\n" + "\n".join(after) + "\n"
    for finding, start, _ in parse_text(text).findings:
        if finding.code == "NS101":
            line = text[text.rfind("\n", 0, start) + 1 :].splitlines()[0].strip()
            assert line, (text, start)
            assert not line.startswith("#"), (text, start)


SPEC = """nnspec: 1
name: valuation
inputs:
  area: {unit: "ft2", range: [100, 20000]}
  state: {type: category, categories: [good, 'fair']}
layers:
  - name: output
    neurons:
      price: {bias: 272000, synapses: {area: 181.8,
        state.good: 1840}}
examples: [
  {given: {area: 2000, state: good}, expect: {price: 1.5}},
]
"""
