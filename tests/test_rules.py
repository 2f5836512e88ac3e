"""The table of rules: its codes, and pages whose examples have the fault and whose mends do not."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from nnspec import validation
from nnspec.diagnostics import Finding, Severity
from nnspec.loading import check_text, parse_spec
from nnspec.text.parsing import parse_text
from nnspec.validation import RULE_BY_CODE, RULES, Rule, Subject

FAMILIES = {
    "1": "YAML", "2": "schema", "3": "names and references", "4": "graph",
    "5": "numbers, ranges and shapes", "6": "files", "7": "examples and properties",
    "9": "warnings",
}  # fmt: skip

CODES = [rule.code for rule in RULES]


def test_codes_and_names_are_unique_and_well_formed() -> None:
    assert len(set(CODES)) == len(CODES)
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert re.fullmatch(r"NS[1-9][0-9]{2}", rule.code)
        assert rule.code[2] in FAMILIES
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
        assert (rule.severity is Severity.WARNING) == (rule.code[2] == "9")


def test_rules_stand_in_the_order_of_their_families() -> None:
    families = [code[2] for code in CODES]
    assert families == sorted(families)
    assert list(RULE_BY_CODE) == sorted(CODES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_page_is_whole(rule: Rule) -> None:
    for text in (rule.what, rule.why):
        assert text[0].isupper() or text.startswith(("`", "nnspec"))
        assert text.rstrip().endswith((".", ")"))
        assert text.isprintable()
    assert rule.example.strip()
    assert rule.mend.strip()
    assert rule.example != rule.mend
    page = rule.page()
    for text in (
        rule.code,
        rule.name,
        rule.what,
        rule.why,
        rule.example.strip(),
        rule.mend.strip(),
    ):
        assert text in page


NO_YAML = {"NS111", "NS115"}
"""Pages whose example is cut short, or is a file that no text can show."""

READ_BY_PARSER = [r for r in RULES if r.code[2] in "1" and r.code not in NO_YAML]
OTHERS = [r for r in RULES if r.code[2] not in "16"]


def is_yaml(mend: str) -> bool:
    """Whether a mend is YAML, rather than a sentence."""
    return mend.rstrip()[-1] not in "." and not re.match(r"[A-Z`][a-z]+ ", mend)


@pytest.mark.parametrize("rule", READ_BY_PARSER, ids=lambda rule: rule.code)
def test_examples_of_faults_of_the_yaml_have_them(rule: Rule) -> None:
    text = rule.example
    found = {finding.code for finding, _, _ in parse_text(text).findings}
    if rule.code == "NS119":  # a number or text, by where it stands
        whole = json.dumps(completed(parse_text(text).data, merge=True))
        found = {d.code for d in check_text(whole.replace('"1_000"', "1_000")).diagnostics}
    assert rule.code in found
    if is_yaml(rule.mend):
        assert parse_text(rule.mend).findings == []


@pytest.mark.parametrize("rule", OTHERS, ids=lambda rule: rule.code)
def test_examples_and_mends_are_yaml(rule: Rule) -> None:
    for text in (rule.example, *([rule.mend] if is_yaml(rule.mend) else [])):
        document = parse_text(text)
        assert document.findings == [], text
        assert isinstance(document.data, dict | list), text


BASE: dict[str, Any] = {
    "nnspec": 1,
    "name": "valuation",
    "inputs": {
        "area": {"unit": "ft2", "range": [100, 20000]},
        "bedrooms": {"type": "integer", "range": [0, 20]},
        "distance": {"range": [0, 60]},
        "age": {"unit": "year", "range": [0, 250]},
        "condition": {"type": "category", "categories": ["poor", "good"], "missing": "good"},
    },
    "layers": [
        {
            "name": "hidden",
            "activation": "relu",
            "neurons": {"historic": {"bias": -100, "synapses": {"age": 1}}},
        },
        {
            "name": "output",
            "neurons": {
                "price": {
                    "synapses": {
                        "area": 100, "bedrooms": 8, "distance": -3, "historic": 2,
                        "condition.good": 5,
                    }
                }
            },
        },
    ],
}  # fmt: skip

GIVEN = {"area": 200, "bedrooms": 3, "distance": 2, "age": 9}
NEURON = {"synapses", "bias", "activation", "aggregation", "activaton", "unit"}
CLAIM = {"then", "monotone", "independent", "lipschitz", "ordered", "linear", "when"}


def completed(fragment: Any, *, merge: bool) -> dict[str, Any]:
    """A whole spec with a page's fragment put where it belongs.

    The fragment's inputs are added to those of the base, or are all there are.
    """
    spec = copy.deepcopy(BASE)
    items = fragment if isinstance(fragment, list) else [fragment]
    given = [name for item in items for name in item.get("inputs") or ()]
    if given and not merge:
        spec["inputs"] = {}
        keep_sources(spec, set(given) | {"historic"})
    elif "condition" in given:
        keep_sources(spec, {*BASE["inputs"], "historic"} - {"condition"})
    for item in items:
        place(spec, item)
    return spec


def keep_sources(spec: dict[str, Any], known: set[str]) -> None:
    """Leave out of the base what uses inputs that the fragment does not have."""
    for layer in spec["layers"]:
        for neuron in layer["neurons"].values():
            weights = neuron["synapses"]
            neuron["synapses"] = {k: w for k, w in weights.items() if k.partition(".")[0] in known}
        layer["neurons"] = {k: n for k, n in layer["neurons"].items() if n["synapses"]}
    spec["layers"] = [layer for layer in spec["layers"] if layer["neurons"]]


def place(spec: dict[str, Any], item: dict[str, Any]) -> None:
    """Put a map where its keys belong: an example, a property, a layer, or one of those below."""
    if {"given", "expect"} & item.keys():
        keys = {"given", "expect", "within"}
        place_rest(spec, {k: v for k, v in item.items() if k not in keys})
        example = {"given": GIVEN, "expect": {"price": [0, None]}} | {
            k: v for k, v in item.items() if k in keys
        }
        if "expect" not in item:  # a value or two, not all of them
            example["given"] = {**GIVEN, **item["given"]}
        spec.setdefault("examples", []).append(example)
    elif CLAIM & item.keys():
        place_rest(spec, {k: v for k, v in item.items() if k not in {*CLAIM, "name"}})
        claim = {k: v for k, v in item.items() if k in {*CLAIM, "name"}}
        spec.setdefault("properties", []).append(claim)
    elif {"size", "weights"} & item.keys() or {"name", "neurons"} <= item.keys():
        place_layer(spec["layers"], item)
    else:
        place_rest(spec, item)


def place_layer(layers: list[Any], layer: dict[str, Any]) -> None:
    if layer["name"] == "hidden":
        layers[0] = layer
    else:
        layers.insert(len(layers) - 1, layer)


def place_rest(spec: dict[str, Any], item: dict[str, Any]) -> None:
    layers = spec["layers"]
    for key, value in item.items():
        if key == "inputs":
            spec["inputs"].update(value)
        elif key in {*spec, "parameters", "outputs", "properties", "run"}:
            spec[key] = value
        elif key == "neurons":
            layers[0]["neurons"].update(value)
        elif key in NEURON:
            layers[0]["neurons"]["historic"][key] = value
        elif key in {"range", "transform", "missing", "type"}:
            spec["inputs"]["area"][key] = value
        elif key == "within":
            place(spec, {"expect": {"price": 1}, "within": value})
        elif isinstance(value, dict) and NEURON & value.keys() and "range" not in value:
            layers[-1 if key == "price" else 0]["neurons"][key] = value
        else:
            spec["inputs"][key] = value


def codes(spec: dict[str, Any]) -> set[str]:
    return {d.code for d in check_text(json.dumps(spec)).diagnostics}


def test_the_base_of_the_examples_has_no_fault() -> None:
    assert codes(BASE) == set()


@pytest.mark.parametrize("rule", OTHERS, ids=lambda rule: rule.code)
def test_the_example_of_a_page_has_the_fault_and_its_mend_has_not(rule: Rule) -> None:
    """Put into a whole spec in one of two ways, the example is a fault and the mend is none."""
    example = parse_text(rule.example).data
    mend = parse_text(rule.mend).data if is_yaml(rule.mend) else None
    if rule.code == "NS202":  # what is missing cannot be put into a whole
        assert rule.code in codes(example)
        assert rule.code not in codes(mend)
        return
    shown = []
    for merge in (True, False):
        wrong = codes(completed(example, merge=merge))
        right = set() if mend is None else codes(completed(mend, merge=merge))
        shown.append((wrong, right))
    # What the fragment does not show may leave warnings, and its own fault is in it alone.
    assert any(
        rule.code in wrong and rule.code not in right and all(code[2] == "9" for code in right)
        for wrong, right in shown
    ), shown


def test_whoever_only_wants_the_spec_does_not_wait_for_warnings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They take as long as all the rest, and say nothing to one who loads, values or explains."""
    seen: list[Severity] = []
    own = validation._run

    def run(subject: Subject, severity: Severity) -> Iterator[Finding]:
        seen.append(severity)
        return own(subject, severity)

    monkeypatch.setattr(validation, "_run", run)
    text = (
        "nnspec: 1\nname: n\ninputs: {x: {}, unused: {}}\n"
        "layers: [{name: o, neurons: {y: {synapses: {x: 1}}}}]\n"
    )
    assert parse_spec(text).name == "n"
    assert seen == [Severity.ERROR]
    assert [d.code for d in check_text(text).diagnostics] == ["NS903"]
    assert seen[1:] == [Severity.ERROR, Severity.WARNING]
