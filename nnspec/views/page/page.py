"""The page of a network as HTML: everything is in it, and nothing is fetched."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from string import Template
from typing import Any

from nnspec.spec.model import NetworkSpec
from nnspec.views.diagram import Look, diagram_svg
from nnspec.views.escaping import safe_xml
from nnspec.views.page.facts import page_facts


@dataclass(frozen=True)
class PageContent:
    """What a page shows besides the network itself.

    Parameters
    ----------
    content_hash
        The network's identity.
    release
        nnspec's version.
    cases
        Examples and properties with their state: ``kind``, ``name``, ``verdict``, ``failed``,
        ``messages`` and a ``row`` to show, or None.
    rows
        Rows of a table: ``inputs`` by name and ``columns`` in order; None without a table.
    columns
        Names of the table's columns of numbers.
    n_rows
        How many rows the table has; ``rows`` may be a selection.
    n_compared
        How many of the columns, the first, are such as the network does not read.
    live
        Whether the page looks after a server that follows the spec's file.
    """

    content_hash: str
    release: str
    cases: Sequence[dict[str, Any]] = ()
    rows: Sequence[dict[str, Any]] | None = None
    columns: Sequence[str] = ()
    n_rows: int = 0
    n_compared: int = 0
    live: bool = False
    version: str = field(default="")


def page_html(spec: NetworkSpec, content: PageContent) -> str:
    """The page of a spec without errors."""
    units = [u for item in spec.inputs for u in item.units]
    units += [name for layer in spec.layers for name in layer.neuron_names]
    # Every unit has a place for its value, which the page then fills.
    diagram = diagram_svg(
        spec, Look(values=dict.fromkeys(units, 0.0), prefix="net", room="-9,999,999")
    )
    data = {
        "network": page_facts(spec),
        "cases": list(content.cases),
        "rows": None if content.rows is None else list(content.rows),
        "columns": list(content.columns),
        "n_rows": content.n_rows,
        "n_compared": content.n_compared,
    }
    identity = f"{spec.name}" + (f", version {spec.version}" if spec.version else "")
    return Template(_resource("template.html")).substitute(
        title=safe_xml(spec.title if spec.title is not None else spec.name),
        description=safe_xml(spec.description or ""),
        identity=safe_xml(f"{identity}; content hash {content.content_hash[:16]}"),
        release=safe_xml(content.release),
        version=safe_xml(content.version),
        connect="'self'" if content.live else "'none'",
        css=_resource("page.css"),
        diagram=diagram,
        data=script_json(data),
        engine=_resource("engine.js"),
        script=_resource("page.js"),
        live=f"<script>\n{_resource('live.js')}</script>\n" if content.live else "",
    )


def waiting_html(name: str) -> str:
    """What is shown of a spec that had faults ever since it was served."""
    return Template(_resource("waiting.html")).substitute(
        title=safe_xml(name), css=_resource("page.css"), live=_resource("live.js")
    )


def script_json(data: Any) -> str:
    r"""JSON that no HTML parser takes for the end of a script.

    Examples
    --------
    >>> script_json("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _resource(name: str) -> str:
    return files("nnspec.views.page").joinpath(name).read_text(encoding="utf-8")
