"""HTML put together from text that stays text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nnspec.views.escaping import safe

__all__ = ["Html", "bar", "paragraphs", "safe", "section", "table"]


class Html(str):
    """Text that is HTML already; any other text is escaped."""

    __slots__ = ()


Cell = str | Html


def _inner(cell: Cell) -> str:
    return cell if isinstance(cell, Html) else safe(cell)


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[Cell]], look: str = ""
) -> Html:
    """A table; a column whose head ends with ``#`` holds numbers.

    One that is wider than the page scrolls by itself. A column with nothing in it is left out.
    Of its look, ``stacked`` puts a row's cells below each other on a phone, and ``titled`` hides
    the caption from the eye, where a heading says the same.
    """
    every = [tuple(row) for row in rows]
    used = [i for i in range(len(head)) if i == 0 or any(row[i] for row in every)]
    every = [tuple(row[i] for i in used) for row in every]
    numeric = [head[i].endswith("#") for i in used]
    titles = [head[i].removesuffix("#") for i in used]
    lines = [
        f'<div class="wide" role="region" tabindex="0" aria-label="{safe(caption)}">',
        f'<table class="{look}"><caption>{safe(caption)}</caption><thead><tr>',
        *(f'<th scope="col"{_kind(is_number)}>{safe(title)}</th>'
          for title, is_number in zip(titles, numeric, strict=True)),
        "</tr></thead><tbody>",
    ]  # fmt: skip
    for first, *rest in every:
        cells = [f'<th scope="row">{_inner(first)}</th>']
        cells += [f'<td{_kind(is_number)} data-title="{safe(title)}">{_inner(cell)}</td>'
                  for cell, is_number, title in zip(rest, numeric[1:], titles[1:], strict=True)
                  ]  # fmt: skip
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return Html("\n".join([*lines, "</tbody></table></div>"]))


def _kind(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def section(name: str, title: str, parts: Iterable[str]) -> str:
    """A section of the report, with a place to link to."""
    body = "\n".join(parts)
    return f'<section id="{safe(name)}">\n<h2>{safe(title)}</h2>\n{body}\n</section>'


def paragraphs(text: str | None) -> Iterable[str]:
    """An author's text as paragraphs."""
    for line in (text or "").splitlines():
        if line.strip():
            yield f"<p>{safe(line.strip())}</p>"


def bar(share: float) -> Html:
    """A share, from 0 to 1, as a bar with its percentage."""
    width = f"{100 * share:.1f}"
    drawn = f'<span class="bar"><i style="width:{width}%"></i></span>'
    return Html(f"{drawn} {safe(percent(share))}")


def percent(share: float) -> str:
    """A share, from 0 to 1, in percent; only none is 0 and only all is 100.

    Examples
    --------
    >>> percent(0.5), percent(0.0), percent(1.0), percent(0.00001), percent(0.99999)
    ('50.0 %', '0 %', '100 %', '< 0.1 %', '> 99.9 %')
    """
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    if share < 0.001:
        return "< 0.1 %"
    return "> 99.9 %" if share > 0.999 else f"{100 * share:.1f} %"
