"""Sphinx configuration, and the reference pages that are made from the code's own tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import nnspec
from nnspec.functions.activations import ACTIVATIONS
from nnspec.functions.aggregations import AGGREGATIONS
from nnspec.functions.groups import GROUPS
from nnspec.functions.transforms import TRANSFORMS
from nnspec.validation import RULE_BY_CODE
from nnspec.views.diagram import Look, diagram_svg

project = "nnspec"
author = "The nnspec developers"
copyright = "2026, the nnspec developers"  # noqa: A001 -- Sphinx's own name
release = version = nnspec.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# The notebook is shown with the outputs that it was committed with, which its test compares.
nb_execution_mode = "off"
# They would make one dash of the two before an option, which no shell then takes.
smartquotes = False
# What is copied is what is typed: commands without their prompts, and without what they print.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
html_theme = "furo"
html_title = "nnspec"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_preserve_defaults = True
add_module_names = False
napoleon_numpy_docstring = True
# Type aliases and third-party types are named in the text; links would need a network.
nitpicky = False
# Rules show broken YAML, which no lexer can colour.
suppress_warnings = ["myst.header", "misc.highlighting_failure"]

MOST_LINES = 60
"""Of a longer spec, the gallery names the file."""

REFERENCE = Path(__file__).parent / "reference"

FAMILIES = {
    "1": "YAML",
    "2": "Shape",
    "3": "Names and references",
    "4": "Graph",
    "5": "Numbers, ranges and shapes",
    "6": "Files",
    "7": "Examples and properties",
    "9": "Warnings",
}


def rules_page() -> str:
    """Every rule's page, by family: the text that ``nnspec rule`` prints."""
    lines = [
        "# Rules",
        "",
        "Every fault that `nnspec validate` reports has a stable code. `nnspec rule NS301` prints "
        "the page of one.",
        "",
    ]
    family = ""
    for rule in RULE_BY_CODE.values():
        if rule.code[2] != family:
            family = rule.code[2]
            lines += [f"## NS{family}xx: {FAMILIES[family]}", ""]
        lines += [demoted(rule.page(), 2), ""]
    return "\n".join(lines)


def demoted(page: str, levels: int) -> str:
    """A page whose headings stand so many levels deeper; fenced text is left alone."""
    lines, fenced = [], False
    for line in page.splitlines():
        fenced ^= line.startswith("```")
        lines.append("#" * levels + line if line.startswith("#") and not fenced else line)
    return "\n".join(lines)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A Markdown table."""
    shown = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in shown]


def functions_page() -> str:
    """Activations, aggregations, groups and transforms, from their tables."""
    lines = ["# Functions", "", "## Activations", ""]
    for name, record in ACTIVATIONS.items():
        also = f" (also {', '.join(f'`{alias}`' for alias in record.aliases)})"
        lines += [f"### {name}", "", f"`{record.formula}`{also if record.aliases else ''}", ""]
        lines += [f"{record.description[:1].upper()}{record.description[1:]}.", ""]
        for parameter in record.parameters:
            default = "required" if parameter.default is None else f"default {parameter.default:g}"
            lines += [f"- `{parameter.name}` ({default}): {parameter.description}", ""]
        lines += [f"Source: {record.source}", ""]
    lines += ["## Aggregations", "", "In weights w and sources x; the bias is added to each.", ""]
    rows = [(f"`{r.name}`", r.formula, r.description) for r in AGGREGATIONS.values()]
    lines += table(("aggregation", "formula", "what it is"), rows)
    lines += ["", "## Groups", ""]
    lines += table(
        ("group", "formula", "what it is"),
        [(f"`{r.name}`", r.formula, r.description) for r in GROUPS.values()],
    )
    lines += ["", "## Transforms", ""]
    lines += table(
        ("transform", "formula"), [(f"`{r.name}`", r.formula) for r in TRANSFORMS.values()]
    )
    return "\n".join([*lines, ""])


def gallery_page() -> str:
    """Every spec that comes with nnspec: its picture, what it says of itself, and its text."""
    lines = ["# Gallery", "", "The specs of the folder `specs`, each drawn by `nnspec draw`.", ""]
    for path in sorted((Path(__file__).parent.parent / "specs").glob("*.yaml")):
        spec = nnspec.load(path).spec
        lines += [f"## {spec.title or spec.name}", "", (spec.description or "").strip(), ""]
        lines += ["```{raw} html", diagram_svg(spec, Look(prefix=spec.name)), "```", ""]
        # A large one is better read in a file of its own.
        text = path.read_text(encoding="utf-8")
        shown = text if text.count("\n") <= MOST_LINES else ""
        lines += [f"`specs/{path.name}`", ""]
        lines += ["````yaml", shown.rstrip(), "````", ""] if shown else []
    return "\n".join(lines)


PAGES = {"rules.md": rules_page, "activations.md": functions_page, "gallery.md": gallery_page}
"""Pages that are made anew at each build, and not kept under version control."""


def write_pages(*_: object) -> None:
    """Make the pages; one that is the same is left alone, so that Sphinx need not read it again."""
    for name, make in PAGES.items():
        path, text = REFERENCE / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


write_pages()
