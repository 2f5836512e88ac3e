"""The report as HTML: one file that fetches nothing, runs nothing, and names no date or place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nnspec.claims import Options, Result
from nnspec.diagnostics.suggestions import counted
from nnspec.network import Network
from nnspec.reporting.claims_part import claims_said, claims_section
from nnspec.reporting.classes_part import class_headline, class_sections
from nnspec.reporting.fit import Fit
from nnspec.reporting.fit_part import fit_sections, fits_of, headline
from nnspec.reporting.markup import Html, paragraphs, safe
from nnspec.reporting.network_part import network_sections
from nnspec.reporting.style import STYLE
from nnspec.reporting.survey import Survey
from nnspec.reporting.table_part import table_sections
from nnspec.views.summary import network_facts

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class File:
    """A file that a report is about.

    Parameters
    ----------
    name
        Its name, without folders.
    digest
        Its SHA-256 in hexadecimal; empty where it is not known.
    """

    name: str
    digest: str = ""


@dataclass(frozen=True)
class Content:
    """What a report tells besides the network itself.

    Parameters
    ----------
    release
        nnspec's version.
    spec
        The spec's file.
    options
        How hard the properties were tried.
    results
        What came of every claim.
    table
        The table's file, and ``survey`` what it holds; None without one.
    """

    release: str
    spec: File
    options: Options
    results: Sequence[Result]
    table: File | None = None
    survey: Survey | None = None

    @property
    def failed(self) -> list[Result]:
        """The claims that failed."""
        return [result for result in self.results if result.failed]

    @property
    def n_bad(self) -> int:
        """How many rows could not be valued."""
        return 0 if self.survey is None else self.survey.bad


def report_html(network: Network, content: Content) -> str:
    """The report of a network."""
    fits = [] if content.survey is None else fits_of(content.survey)
    title = network.spec.title or network.name
    sections = list(_sections(network, content, fits))
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        f"<title>{safe(title)}: report</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        "<header>",
        f"<h1>{safe(title)}</h1>",
        *paragraphs(network.spec.description),
        *_identity(network, content),
        *_summary(network, content, fits),
        _contents(content),
        "</header>\n<main>",
        *sections,
        f'</main>\n<footer class="note">Written by nnspec {safe(content.release)}. The same spec, '
        "table and options give the same report, byte for byte.</footer>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _sections(network: Network, content: Content, fits: Sequence[Fit]) -> Iterator[str]:
    yield from network_sections(network, {} if content.survey is None else content.survey.spans)
    yield claims_section(network, content.results, content.options)
    if content.survey is not None and content.table is not None:
        yield from table_sections(content.survey)
        yield from fit_sections(content.survey, fits, content.table.name)
        yield from class_sections(content.survey, content.table.name)


def _identity(network: Network, content: Content) -> Iterator[str]:
    spec = network.spec
    counts = network_facts(spec)["counts"]
    size = (
        f"{counted(counts['inputs'], 'input')}, {counted(counts['neurons'], 'neuron')} in "
        f"{counted(counts['layers'], 'layer')}, {counted(counts['synapses'], 'synapse')}"
    )
    facts = [
        ("Name", spec.name),
        ("Version", spec.version),
        ("Authors", ", ".join(spec.authors)),
        ("Licence", spec.license),
        ("Source", spec.source),
        ("Size", size),
        ("Content hash", Html(f'<span class="hash">{network.content_hash}</span>')),
        ("Spec file", _file(content.spec)),
        ("Table", None if content.table is None else _file(content.table)),
        ("nnspec", content.release),
    ]
    yield "<dl>"
    for name, fact in facts:
        if fact:
            said = fact if isinstance(fact, Html) else safe(fact)
            yield f"<dt>{safe(name)}</dt><dd>{said}</dd>"
    yield "</dl>"


def _file(file: File) -> Html:
    digest = f'<br><span class="hash">SHA-256 {safe(file.digest)}</span>' if file.digest else ""
    return Html(safe(file.name) + digest)


def _summary(network: Network, content: Content, fits: Sequence[Fit]) -> Iterator[str]:
    failed = content.failed
    style = "failed" if failed or content.n_bad else "good" if content.results else "plain"
    yield f'<div class="{style} box" id="summary"><h2>{safe(_verdict(content))}</h2>\n<ul>'
    for result in failed:
        yield f'<li class="failed state">{safe(result.case.id)}: failed</li>'
    if content.results:
        yield f"<li>Examples and properties: {safe(claims_said(content.results))}</li>"
    if content.survey is not None:
        yield from _summary_of_table(network, content.survey, fits)
    yield "</ul></div>"


def _verdict(content: Content) -> str:
    """What comes first: whether anything failed."""
    n_failed = len(content.failed)
    if n_failed:
        return "One claim FAILED" if n_failed == 1 else f"{n_failed:,} claims FAILED"
    said = "No claim failed" if content.results else "The spec makes no claim"
    return f"{said}, but rows could not be valued" if content.n_bad else said


def _summary_of_table(network: Network, survey: Survey, fits: Sequence[Fit]) -> Iterator[str]:
    if survey.bad:
        bad = f"{counted(survey.bad, 'row')} of {survey.rows:,} could not be valued"
        yield f'<li class="failed state">{bad}</li>'
    else:
        all_ = f"All {survey.rows:,} rows could be valued"
        yield f"<li>{all_ if survey.rows else 'The table has no rows'}</li>"
    yield f"<li>{counted(survey.outside, 'row')} outside the declared ranges</li>"
    units = {neuron.name: neuron.unit for _, neuron in network.spec.neurons()}
    for target, fit in zip(survey.targets, fits, strict=True):
        said = headline(fit, units.get(target.neuron))
        yield f"<li>{safe(target.neuron)} against {safe(target.column)}: {safe(said)}</li>"
    for tally in survey.classes:
        yield f"<li>Answers beside {safe(tally.column)}: {safe(class_headline(tally))}</li>"


def _contents(content: Content) -> str:
    links = [("diagram", "Diagram"), ("inputs", "Inputs"), ("neurons", "Neurons"),
             ("matrices", "Matrices"), ("claims", "Examples and properties")]  # fmt: skip
    if content.survey is not None:
        links += [("table", "The table's rows"), ("firing", "Firing")]
        for i, target in enumerate(content.survey.targets, 1):
            links += [(f"fit-{i}", f"Fit of {target.neuron}"),
                      (f"errors-{i}", f"Errors of {target.neuron}")]  # fmt: skip
        for i, tally in enumerate(content.survey.classes, 1):
            links += [(f"answers-{i}", f"Answers: {tally.column}"),
                      (f"mistakes-{i}", f"Worst mistakes: {tally.column}")]  # fmt: skip
    made = "\n".join(f'<a href="#{name}">{safe(text)}</a>' for name, text in links)
    return f'<nav aria-label="Contents">{made}</nav>'
