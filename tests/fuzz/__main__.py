"""``python -m tests.fuzz --minutes 5``: damaged files through every verb, held to other readers.

Cases follow from the seed, which is printed: ``--seed S --only N`` runs one again. What is found
is made smaller and kept under ``fuzz-findings/``, a folder each, with ``how.txt`` that says how.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

from tests.fuzz.kinds import KINDS, Case, unexpected
from tests.fuzz.worker import Worker

FOUND = Path("fuzz-findings")


def drawn(seed: int, number: int) -> Case:
    rng = Random(f"{seed}:{number}")
    return rng.choice(KINDS)(rng)


def tried(worker: Worker, case: Case) -> tuple[str | None, int]:
    """What is wrong with a case, and the status that it ended with."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in case.files.items():
            (folder / path).write_bytes(content)
        outcomes = []
        for command in case.commands:
            outcome = worker.run(command, folder, case.seconds)
            if outcome.hung:  # the first of its kind may have had to import something
                outcome = worker.run(command, folder, case.seconds)
            outcomes.append(outcome)
            wrong = unexpected(command, outcome)
            if wrong is not None:
                return wrong, outcome.status
        return case.judge(case.files, folder, outcomes), outcomes[-1].status


def kind_of(wrong: str) -> str:
    """A finding without its numbers, by which those of one kind are told."""
    return re.sub(r"[-\d.e+]+|'[^']*'|\[.*", "", wrong)[:120]


def smaller(worker: Worker, case: Case, wrong: str, most: int = 80) -> Case:
    """The damaged file with lines, then pieces, left out for as long as the finding stays."""
    content, tries = case.files[case.damaged], 0
    binary = case.kind in ("parquet", "arrow", "weights")
    size = max(1, len(content) // 2)
    while not binary and size >= 1 and tries < most:
        at = 0
        while at < len(content) and tries < most:
            tries += 1
            shorter = content[:at] + content[at + size :]
            candidate = replace(case, files={**case.files, case.damaged: shorter})
            found, _ = tried(worker, candidate)
            if found is not None and kind_of(found) == kind_of(wrong):
                content = shorter
            else:
                at += size
        size //= 2
    return replace(case, files={**case.files, case.damaged: content})


def keep(case: Case, wrong: str, seed: int, number: int) -> Path:
    folder = FOUND / f"{case.kind}-{seed}-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path, content in case.files.items():
        (folder / path).write_bytes(content)
    commands = "\n".join("nnspec " + " ".join(command) for command in case.commands)
    how = f"{wrong}\n\n{commands}\n\npython -m tests.fuzz --seed {seed} --only {number}\n"
    (folder / "how.txt").write_text(how, encoding="utf-8")
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=None, help="another run's, to repeat it")
    parser.add_argument("--only", type=int, help="the number of one case")
    options = parser.parse_args()
    seed = int(time.time()) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    worker, started, number = Worker(), time.monotonic(), options.only or 0
    counts: Counter[tuple[str, int]] = Counter()
    findings: Counter[str] = Counter()
    while True:
        case = drawn(seed, number)
        wrong, status = tried(worker, case)
        counts[case.kind, status] += 1
        if wrong is not None:
            findings[kind_of(wrong)] += 1
            if findings[kind_of(wrong)] == 1:
                kept = keep(smaller(worker, case, wrong), wrong, seed, number)
                print(f"case {number}: {wrong[:300]}\n  {kept}", flush=True)
        number += 1
        if options.only is not None or time.monotonic() - started > 60 * options.minutes:
            break
    worker.close()
    for (kind, status), count in sorted(counts.items()):
        print(f"{kind:8} status {status}: {count}")
    total = sum(counts.values())
    print(f"{total} cases, {sum(findings.values())} findings of {len(findings)} kinds")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
