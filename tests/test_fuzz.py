"""The fuzzing harness itself: it is quiet where all is well, and it sees what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.fuzz import kinds
from tests.fuzz.__main__ import drawn, smaller, tried
from tests.fuzz.worker import Outcome, Worker


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    found = Worker()
    yield found
    found.close()


def test_a_case_follows_from_its_seed_and_number():
    for number in range(20):
        first, second = drawn(7, number), drawn(7, number)
        assert (first.files, first.commands) == (second.files, second.commands)


def test_undamaged_files_are_accepted_and_give_what_the_other_reader_gives(worker, monkeypatch):
    monkeypatch.setattr(kinds, "mutate", lambda content, rng: content)
    monkeypatch.setattr(kinds, "mutate_bytes", lambda content, rng: content)
    for make in (kinds.table_case, kinds.weights_case):
        for seed in range(8):
            assert tried(worker, make(Random(seed))) == (None, 0)


def test_damaged_files_end_well(worker):
    for number in range(60):
        wrong, _ = tried(worker, drawn(1, number))
        assert wrong is None, number


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Outcome(0, b"", b"", hung=True), "hangs"),
        (Outcome(-11, b"", b""), "signal"),
        (Outcome(134, b"", b""), "signal"),
        (Outcome(3, b"", b"x"), "status 3"),
        (Outcome(1, b"", b""), "without a word"),
        (Outcome(2, b"", b"Traceback (most recent call last):\nKeyError: 1"), "KeyError"),
    ],
)
def test_what_no_verb_may_do_is_seen(outcome, says):
    assert says in (kinds.unexpected(["eval"], outcome) or "")


def test_a_lost_row_and_a_changed_value_are_seen():
    case = next(
        found
        for found in (kinds.table_case(Random(seed)) for seed in range(100))
        if found.kind == "csv" and b"\n" in found.files["table.csv"]
    )
    files = {**case.files, "table.csv": b"x,n,c\n1.5,2,p\n2.5,3,q\n"}
    rows = [
        {"x-out": 1.5, "n-out": 2.0, "c-out": 0.0},
        {"x-out": 2.5, "n-out": 3.0, "c-out": 1.0},
    ]

    def judged(given: list[dict]) -> str | None:
        out = "".join(json.dumps(row) + "\n" for row in given).encode()
        return case.judge(files, Path(), [Outcome(0, out, b"")])

    assert judged(rows) is None
    assert judged(rows[:1]) is not None
    assert judged([rows[0], {**rows[1], "x-out": 2.5000000000000004}]) is not None


def test_what_is_found_is_made_smaller(worker, monkeypatch):
    from tests.fuzz import __main__ as harness

    def planted(_: Worker, case: kinds.Case) -> tuple[str | None, int]:
        return ("planted" if b"bad" in case.files["spec.yaml"] else None), 0

    monkeypatch.setattr(harness, "tried", planted)
    case = kinds.Case(
        "spec", {"spec.yaml": b"good\n" * 9 + b"bad\n" + b"good\n" * 9}, [], "spec.yaml"
    )
    assert smaller(worker, case, "planted", most=400).files["spec.yaml"] == b"bad"
