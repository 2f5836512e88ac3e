"""Whatever system call fails, an output is whole or not there, and nothing else is left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FAILING = Path(__file__).parent / "failing"


@pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("gcc") is None, reason="needs gcc and LD_PRELOAD"
)
def test_each_system_call_of_writing_an_output_may_fail(tmp_path: Path) -> None:
    library = tmp_path / "nth_call.so"
    source = FAILING / "nth_call.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    folder = tmp_path / "written"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, str(FAILING / "outputs.py"), str(folder)],
        env={**os.environ, "LD_PRELOAD": str(library)},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("calls") == 8
