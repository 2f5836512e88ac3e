"""NS701: an example or a property that names what does not exist, or is of another kind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from nnspec.diagnostics import Finding
from nnspec.diagnostics.suggestions import listed, nearest, quote
from nnspec.spec.topology import INPUTS
from nnspec.validation.rule import Subject, error
from nnspec.validation.rules._claims import Mention, Wanted, affordable, mentions

MOST_HYPHENS = 40

KINDS: dict[Wanted, str] = {
    "input": "an input",
    "neuron": "a neuron",
    "either": "an input or a neuron",
}


def check(subject: Subject) -> Iterator[Finding]:
    """Yield one finding for each name that is not what it must be, at the first place it stands."""
    places: dict[tuple[str, str], list[Mention]] = {}
    known = _Known(subject)
    for mention in mentions(subject):
        if not known.fits(mention):
            # What does not exist is one fault wherever it stands; what exists, as something else,
            # was taken for another thing in each clause.
            clause = mention.clause if known.exists(mention.name) else ""
            places.setdefault((mention.name, clause), []).append(mention)
    for found in places.values():
        first, others = found[0], len(found) - 1
        what, mend = known.explain(first)
        also = f" (and in {others:,} more {'place' if others == 1 else 'places'})"
        message = what + (also if others else "")
        yield Finding("NS701", first.path, message, mend, at=first.at)


class _Known:
    """What a spec's names are the names of."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.wiring = subject.wiring
        self.suggested = 0

    @cached_property
    def named_neurons(self) -> frozenset[str]:
        """Names of all named neurons, those too whose name an input already has (NS303)."""
        return frozenset([neuron.name for _, neuron in self.subject.spec.neurons()])

    def fits(self, mention: Mention) -> bool:
        """Whether a name is of the kind wanted, or may be although nobody can tell."""
        name, wiring = mention.name, self.wiring
        layer = wiring.layer_of(name)
        if mention.wanted == "input" and name in wiring.inputs:
            return True
        # A whole category in an inequality is NS708's.
        if mention.wanted == "either" and (layer is not None or name in wiring.inputs):
            return True
        if mention.wanted == "neuron" and (layer not in (None, INPUTS) or self._is_neuron(name)):
            return True
        return not self.exists(name) and not self.subject.names_complete

    def exists(self, name: str) -> bool:
        """Whether a name is an input's, a category's value or a neuron's."""
        return name in self.wiring.inputs or self.wiring.layer_of(name) is not None

    def _is_neuron(self, name: str) -> bool:
        return name in self.named_neurons

    def explain(self, mention: Mention) -> tuple[str, str]:
        """What is wrong with a name, and what to do."""
        found = self._of_another_kind(mention)
        if found is not None:
            return found
        name, wanted = mention.name, mention.wanted
        what = f"'{mention.clause}' names {quote(name)}, which is not {KINDS[wanted]}"
        pieces = self._split(name) if wanted == "either" else None
        if pieces is not None:
            spaced = quote(" - ".join(pieces))
            mend = f"a '-' inside a name belongs to it; if it is a minus, write {spaced}"
            return what, mend
        return what, self._nearest(name, wanted)

    def _of_another_kind(self, mention: Mention) -> tuple[str, str] | None:
        """A name that is known, but as something else."""
        name, wiring, clause = mention.name, self.wiring, mention.clause
        given = f"'{clause}' names {quote(name)}, which is"
        owner = name.rpartition(".")[0]
        if name in wiring.layer_of_unit and "." in name and mention.wanted != "either":
            what = f"{given} a category's value, not {KINDS[mention.wanted]}"
            return what, _mend_category_value(mention, owner)
        if name in wiring.inputs:
            return f"{given} an input, not a neuron", _mend_input(mention)
        if wiring.layer_of(name) is not None:
            return f"{given} a neuron, not an input", _mend_neuron(clause)
        if name in wiring.spec.parameters:
            return f"{given} a parameter, not {KINDS[mention.wanted]}", "write its number instead"
        if name in wiring.layers and mention.wanted != "input":
            names = wiring.spec.layers[wiring.layers[name]].neuron_names[:5]
            return f"{given} a layer, not a neuron", f"name one of its neurons: {listed(names)}"
        if owner in wiring.bulk and mention.wanted != "input":
            mend = f"its neurons are {_bulk_neurons(owner, wiring.bulk[owner][1])}"
            return f"{quote(name)}: layer {quote(owner)} has no such neuron", mend
        return None

    def _nearest(self, name: str, wanted: Wanted) -> str:
        wiring = self.wiring
        legal = {
            "input": list(wiring.inputs),
            "neuron": list(wiring.neuron_names()),
            "either": list(wiring.layer_of_unit),
        }[wanted]
        self.suggested += 1
        if self.suggested > affordable(len(legal)):
            return ""
        owner, _, number = name.rpartition(".")
        near = nearest(name, legal)
        if near is None and wanted != "input":
            layer = nearest(owner, wiring.bulk) if owner else None
            candidate = f"{layer}.{number}"
            near = candidate if wiring.is_neuron(candidate) else None
            legal += [_bulk_neurons(bulk, size) for bulk, (_, size) in wiring.bulk.items()]
        if near is not None:
            return f"did you mean {quote(near)}?"
        return f"legal: {listed(legal)}" if legal else ""

    def _split(self, name: str) -> list[str] | None:
        """Known names and numbers that a name would be with a minus for some of its hyphens."""
        parts = name.split("-")
        if not 1 < len(parts) <= MOST_HYPHENS:
            return None
        found: list[list[str] | None] = [[]]
        for end in range(1, len(parts) + 1):
            best = None
            for start in range(end):
                before, piece = found[start], "-".join(parts[start:end])
                if best is None and before is not None and self._is_term(piece):
                    best = [*before, piece]
            found.append(best)
        return found[-1]

    def _is_term(self, piece: str) -> bool:
        is_number = piece.isascii() and piece.isdigit()
        return is_number or self.wiring.layer_of(piece) is not None


def _bulk_neurons(layer: str, size: int) -> str:
    return f"{layer}.0 to {layer}.{size - 1}"


def _mend_category_value(mention: Mention, category: str) -> str:
    value = mention.name[len(category) + 1 :]
    if mention.wanted == "neuron":
        return _mend_input(mention)
    if mention.clause == "given":
        return f"name the input and give its value: {category}: {value}"
    if mention.clause == "when":
        return f"name the input and list its values: {category}: [{value}]"
    return f"name the input: {category}"


def _mend_input(mention: Mention) -> str:
    clause = mention.clause
    if mention.swapped:
        return f"the neuron comes first, the input inside: {clause}: {{neuron: {_inside(mention)}}}"
    if clause == "expect":
        return "an input's value belongs under 'given'"
    if clause == "then":
        return "limits of an input belong under 'when'"
    return "name a neuron; 'linear' compares inputs too" if clause == "ordered" else "name a neuron"


def _inside(mention: Mention) -> str:
    if mention.clause == "independent":
        return f"[{mention.name}]"
    value = "increasing" if mention.clause == "monotone" else "1"
    return f"{{{mention.name}: {value}}}"


def _mend_neuron(clause: str) -> str:
    if clause == "given":
        return "a neuron's value belongs under 'expect'"
    if clause == "when":
        return "only inputs can be limited; what a neuron must do stands in the claim"
    return "name an input"


RULE = error(
    "NS701",
    "unknown-name-in-claim",
    what=(
        "An example or a property that names something which does not exist, or which is not of "
        "the kind that is meant there. `given` and `when` name inputs; `expect`, `then` and "
        "`ordered` name neurons; `monotone`, `independent` and `lipschitz` name a neuron and, "
        "inside, inputs; `linear` names inputs, categories' values (`condition.good`) and neurons."
    ),
    why=(
        "A claim about nothing holds of every network. Most often a neuron was renamed and its "
        "claims were not."
    ),
    example="- name: a price is a price\n  then: {prise: [0, 1e7]}",
    mend="- name: a price is a price\n  then: {price: [0, 1e7]}",
)(check)
