"""The spec's claims, what they say, and what came of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnspec.claims import Options, Result
from nnspec.claims.cases import Case
from nnspec.claims.rendering import failure_lines, verdict
from nnspec.claims.statements import statements
from nnspec.network import Network
from nnspec.reporting.markup import Html, paragraphs, safe, section, table
from nnspec.spec.model import Example, Value, category_text
from nnspec.views.numbers import exact_text, interval_text


def claims_section(network: Network, results: Sequence[Result], options: Options) -> str:
    """Every claim with its result; the failed ones first, with all that is known of them."""
    return section("claims", "Examples and properties", _parts(network, results, options))


def claims_said(results: Sequence[Result]) -> str:
    """How many claims came out how, in a few words.

    Examples
    --------
    >>> claims_said([])
    'The spec makes no claim'
    """
    counts = {word: sum(r.status == word for r in results)
              for word in ("failed", "passed", "not refuted")}  # fmt: skip
    words = [f"{n:,} {word}" for word, n in counts.items() if n]
    return ", ".join(words) if words else "The spec makes no claim"


def _parts(network: Network, results: Sequence[Result], options: Options) -> Iterator[str]:
    yield (
        '<p class="note">An example passes or fails. A property is tried on many inputs, up to '
        f"{options.max_examples:,} of each kind, chance beginning at {options.seed}: it fails "
        "with the smallest counterexample found, or is not refuted, which is no proof.</p>"
    )
    if not results:
        yield "<p>The spec has neither examples nor properties.</p>"
        return
    for result in results:
        if result.failed:
            yield _failed(network, result)
    head = ["claim", "kind", "what it says", "result"]
    yield table(claims_said(results), head,
                [_row(network, result) for result in results], "stacked")  # fmt: skip


def _failed(network: Network, result: Result) -> str:
    lines = "\n".join(safe(line) for line in failure_lines(network, result))
    name = f"{result.case.kind} failed: {result.case.name}"
    return f'<div class="failed box"><h3>{safe(name)}</h3><pre>{lines}</pre></div>'


def _row(network: Network, result: Result) -> tuple[str, ...]:
    style = "failed" if result.failed else "good"
    said = Html(f'<span class="{style} state">{safe(verdict(result))}</span>')
    about = getattr(result.case.claim, "description", None)
    words = "".join(f"<p>{safe(text)}</p>" for text in claim_words(network, result.case))
    return result.case.name, result.case.kind, Html("".join(paragraphs(about)) + words), said


def claim_words(network: Network, case: Case) -> Iterator[str]:
    """What a claim says, whatever its author named it."""
    claim = case.claim
    if isinstance(claim, Example):
        units = {item.name: item.unit for item in network.spec.inputs}
        yield "given " + ", ".join(
            f"{name} {exact_text(value)}" + (f" {units[name]}" if units.get(name) else "")
            for name, value in claim.given.items()
        )
        expected = [f"{name} {_expected(value)}" for name, value in claim.expect.items()]
        within = "" if claim.within is None else f", within {exact_text(claim.within)}"
        yield f"expect {', '.join(expected)}{within}"
        return
    yield "; ".join(dict.fromkeys(statement.text for statement in statements(claim.claim)))
    if claim.when:
        limits = [f"{name} {_limit(span)}" for name, span in claim.when.items()]
        yield f"when {', '.join(limits)}"


def _expected(value: object) -> str:
    return interval_text(value) if isinstance(value, tuple) else exact_text(value)


def _limit(span: Sequence[Value | None]) -> str:
    """What a property's ``when`` leaves of an input: an interval, or some categories."""
    if len(span) == 2 and all(x is None or type(x) in (int, float) for x in span):
        low, high = span
        return interval_text((None if low is None else float(low),
                         None if high is None else float(high)))  # fmt: skip
    return "one of " + ", ".join(category_text(x) for x in span if x is not None)
