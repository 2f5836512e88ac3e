"""Memory: threads, processes and event loops that share networks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_networks_are_shared_by_threads_and_processes_without_a_crash_or_another_bit() -> None:
    """A crash is seen as one: the work is done in a process of its own."""
    script = Path(__file__).parent / "stress.py"
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(script), "5"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "16 networks" in done.stdout
