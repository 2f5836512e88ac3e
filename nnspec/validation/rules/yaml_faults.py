"""Pages of the faults found while the YAML is read (NS1xx) and opened (NS6xx)."""

from __future__ import annotations

from nnspec.diagnostics import Severity
from nnspec.validation.rule import Rule


def _page(code: str, name: str, what: str, why: str, example: str, mend: str) -> Rule:
    return Rule(code, name, Severity.ERROR, what, why, example, mend)


YAML_FAULTS: tuple[Rule, ...] = (
    _page(
        "NS101",
        "invalid-yaml",
        "Text that is not YAML: an unclosed quote or bracket, wrong indentation, a second colon.",
        "Nothing after the fault can be read, so it hides all others until it is mended.",
        "description: large: for how near the city it is",
        'description: "large: for how near the city it is"',
    ),
    _page(
        "NS102",
        "tab-indentation",
        "A line that is indented with a TAB.",
        "YAML forbids it, because editors do not agree how wide a TAB is.",
        "inputs:\n\tarea: {unit: ft2}",
        "inputs:\n  area: {unit: ft2}",
    ),
    _page(
        "NS103",
        "duplicate-key",
        "A key that stands twice in one map.",
        "Most readers silently keep the last; the reader of the file sees the first.",
        "synapses:\n  age: 1\n  age: 2",
        "synapses:\n  age: 2",
    ),
    _page(
        "NS104",
        "explicit-tag",
        "A tag such as `!!int`, `!!python/object` or `!mine`.",
        "Tags make other readers construct objects, or run code. A spec is plain data.",
        "bias: !!float -100",
        "bias: -100",
    ),
    _page(
        "NS105",
        "several-documents",
        "A second YAML document in one file, after `---`.",
        "A file holds one network.",
        "nnspec: 1\n---\nnnspec: 1",
        "Put the second network into a file of its own.",
    ),
    _page(
        "NS106",
        "merge-key",
        "A merge key, `<<`.",
        "It brings in entries that are not seen where they act, and was dropped from YAML 1.2.",
        "roomy:\n  <<: *large\n  bias: -3",
        "roomy:\n  bias: -3\n  synapses: {area: 1}",
    ),
    _page(
        "NS107",
        "key-not-text",
        "A key that is a number, true, false, null, a list, a map or an alias.",
        "Names are text; `1`, `1.0` and `true` would be one and the same key to some readers.",
        "parameters: {1: 0.5}",
        "parameters: {rate-1: 0.5}",
    ),
    _page(
        "NS109",
        "inexact-integer",
        "An integer beyond 2^53 that a double cannot hold.",
        "It would be rounded silently: 9007199254740993 becomes 9007199254740992.",
        "bias: 9007199254740993",
        "bias: 9007199254740992",
    ),
    _page(
        "NS110",
        "underflow",
        "A number so small that a double reads it as 0.",
        "A synapse that is written would silently not exist.",
        "synapses: {age: 1e-400}",
        "synapses: {age: 1e-300}",
    ),
    _page(
        "NS111",
        "too-many-values",
        "A spec that holds more values than the limit once its aliases are expanded.",
        "A few hundred bytes of nested aliases can expand to billions of values.",
        "a: &a [1, 1]\nb: &b [*a, *a]\n# ... thirty lines more",
        "Write the values out, or raise the limit: --limit nodes=5000000",
    ),
    _page(
        "NS112",
        "recursive-alias",
        "An alias inside the value that its own anchor names.",
        "The value would contain itself, without end.",
        "x-note: &note [*note]",
        "x-note: [text]",
    ),
    _page(
        "NS113",
        "too-deep",
        "Maps and lists nested deeper than the limit, 64 levels.",
        "No spec needs it; deep nesting has crashed YAML readers.",
        "x-note: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]",
        "x-note: []",
    ),
    _page(
        "NS114",
        "forbidden-character",
        "A control character or a lone surrogate in the text.",
        "It does not show, YAML forbids it, and tools disagree about what it means.",
        'name: "a\\0b"',
        "name: ab",
    ),
    _page(
        "NS115",
        "not-utf-8",
        "A file that is not UTF-8 text: UTF-16, Latin-1, or no text at all.",
        "Its letters could only be guessed at.",
        "A file saved as UTF-16 or Latin-1.",
        "Save the file as UTF-8; a byte order mark does no harm.",
    ),
    _page(
        "NS116",
        "empty-spec",
        "A file that is empty, or holds comments only.",
        "There is no network in it.",
        "# nothing yet",
        "`nnspec new NAME` writes a starter spec.",
    ),
    _page(
        "NS117",
        "undefined-alias",
        "An alias whose anchor does not stand before it.",
        "There is no value to use.",
        "bias: *base",
        "bias: &base 100",
    ),
    _page(
        "NS119",
        "ambiguous-number",
        "A number that readers disagree about: `010`, `0x1F`, `0b11`, `1_000`, `1,000`, `1:30`.",
        "`010` is 8 to one reader and 10 to another; `1:30` is 90 to a third.",
        "synapses: {age: 1_000}",
        "synapses: {age: 1000}",
    ),
)

FILE_FAULTS: tuple[Rule, ...] = (
    _page(
        "NS601",
        "file-too-large",
        "A spec file larger than the limit, 16 MiB.",
        "The limit is checked before the file is read, so that no file can exhaust the memory.",
        "A spec of 100 MB, most of it weights.",
        "Raise the limit, --limit spec-bytes=200000000, or move the weights into a weight file.",
    ),
)
