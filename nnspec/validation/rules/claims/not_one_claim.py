"""NS705: a property with no claim, or with several; the JSON Schema finds it."""

from __future__ import annotations

from nnspec.diagnostics import Severity
from nnspec.validation.rule import Rule

RULE = Rule(
    "NS705",
    "not-one-claim",
    Severity.ERROR,
    what=(
        "A property that makes no claim, or more than one. It makes exactly one of `then`, "
        "`monotone`, `independent`, `lipschitz`, `ordered` and `linear`."
    ),
    why=(
        "Without a claim there is nothing to hold. Of two claims under one name nobody could say "
        "which has failed."
    ),
    example=(
        "- name: historic is silent, and age is all it sees\n  when: {age: [null, 100]}\n"
        "  then: {historic: 0}\n  independent: {historic: [area]}"
    ),
    mend=(
        "- name: historic is silent up to 100 years\n  when: {age: [null, 100]}\n"
        "  then: {historic: 0}\n- name: age is all that historic sees\n"
        "  independent: {historic: [area]}"
    ),
)
