"""The colours of a diagram, light and dark; blue and orange are told apart by all eyes."""

from __future__ import annotations

from nnspec.views.diagram.text import FONT
from nnspec.views.escaping import safe_xml

_LIGHT = {
    "page": "#ffffff", "ink": "#1f2430", "soft": "#5b6475", "box": "#f4f6fa", "line": "#aab3c5",
    "input": "#eef1f5", "output": "#fff6e0", "positive": "#2563b8", "negative": "#c8590c",
    "fire": "#2563b8", "below": "#c8590c",
}  # fmt: skip
_DARK = {
    "page": "#14171f", "ink": "#e8ebf2", "soft": "#a3adbf", "box": "#222838", "line": "#56607a",
    "input": "#1c212d", "output": "#3a3117", "positive": "#7aaef5", "negative": "#f2a15f",
    "fire": "#4d86d8", "below": "#d0782f",
}  # fmt: skip


def style(theme: str, prefix: str) -> str:
    """The style element of a diagram whose classes hold for it alone."""
    scope = f".{safe_xml(prefix)}-net"
    colours = _DARK if theme == "dark" else _LIGHT
    rules = _variables(scope, colours) + _rules(scope)
    if theme == "auto":
        rules += f"@media (prefers-color-scheme: dark){{{_variables(scope, _DARK)}}}"
    return f"<style>{rules}</style>"


def _variables(scope: str, colours: dict[str, str]) -> str:
    # Plain properties, not variables: programs that turn SVG into PNG know no variables.
    c = colours
    return (
        f"{scope} .page{{fill:{c['page']}}}"
        f"{scope} .frame{{fill:{c['page']};stroke:{c['line']}}}"
        f"{scope} text{{fill:{c['ink']}}}"
        f"{scope} .shared,{scope} .value{{fill:{c['soft']}}}"
        f"{scope} .value.strong{{fill:{c['ink']}}}"
        f"{scope} .unit rect{{fill:{c['box']};stroke:{c['line']}}}"
        f"{scope} .input rect{{fill:{c['input']}}}"
        f"{scope} .output rect{{fill:{c['output']}}}"
        f"{scope} .unit rect.firing{{fill:{c['fire']}}}"
        f"{scope} .unit rect.below{{fill:{c['below']}}}"
        f"{scope} .activation{{stroke:{c['ink']}}}"
        f"{scope} .positive{{stroke:{c['positive']}}}"
        f"{scope} .negative{{stroke:{c['negative']}}}"
        f"{scope} .zero{{stroke:{c['soft']}}}"
        f"{scope} .cell.positive{{fill:{c['positive']};stroke:none}}"
        f"{scope} .cell.negative{{fill:{c['negative']};stroke:none}}"
    )


def _rules(scope: str) -> str:
    return (
        f"{scope}{{font-family:{FONT};max-width:100%;height:auto}}"
        f"{scope} .heading{{font-size:14px;font-weight:600;text-anchor:middle}}"
        f"{scope} .shared{{font-size:11px;text-anchor:middle}}"
        f"{scope} .name{{font-size:14px}}"
        f"{scope} .value{{font-size:11px}}"
        f"{scope} .synapse{{fill:none;stroke-opacity:.85}}"
        f"{scope} .synapse:hover{{stroke-opacity:1}}"
        f"{scope} .negative.synapse{{stroke-dasharray:7 3}}"
        f"{scope} .activation{{fill:none;stroke-width:1.4}}"
    )
