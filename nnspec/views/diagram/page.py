"""A diagram as a page of its own: no script, nothing fetched."""

from __future__ import annotations

from nnspec.spec.model import NetworkSpec
from nnspec.views.escaping import safe_xml


def diagram_html(spec: NetworkSpec, svg: str) -> str:
    """An HTML page that shows a diagram."""
    title = safe_xml(spec.title if spec.title is not None else spec.name)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>body{{margin:0}}svg{{display:block;margin:auto}}</style>\n"
        f"</head>\n<body>\n{svg}</body>\n</html>\n"
    )
