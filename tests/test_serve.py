"""nnspec serve: the page follows its spec; nobody else reads it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from browser import Tab, chromium
from engines import library
from test_cli import nnspec

from nnspec.cli.arguments.tables import UserTable
from nnspec.cli.work.followed_spec import Follower
from nnspec.diagnostics.limits import DEFAULT_LIMITS

SPEC = """\
nnspec: 1
name: small
inputs:
  x: {range: [0, 10]}
layers:
  - name: out
    neurons:
      y: {synapses: {x: 3}, bias: 1}
"""
BROKEN = SPEC.replace("{x: 3}", "{xx: 3}")


@contextmanager
def serving(*arguments: str, cwd: Path):
    """A server's process and its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "nnspec", "serve", *arguments, "--port", "0"],
        cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        line = process.stderr.readline().decode()
        found = re.fullmatch(r"serving (\S+) at http://127\.0\.0\.1:(\d+)/ ; Ctrl-C ends\n", line)
        assert found is not None, line + process.stderr.read().decode()
        yield process, int(found[2])
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("served")
    (path / "small.yaml").write_text(SPEC)
    return path


@pytest.fixture(scope="module")
def port(folder):
    with serving("small.yaml", cwd=folder) as (_, number):
        yield number


def ask(port: int, method: str = "GET", path: str = "/", host: str | None = None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    return answer, content


# -- what it answers, and to whom -----------------------------------------------------------------


def test_the_page_and_its_state(port):
    answer, page = ask(port)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "connect-src 'self'" in page
    answer, state = ask(port, path="/state")
    assert (answer.status, answer.headers["Content-Type"]) == (
        200, "application/json; charset=utf-8",
    )  # fmt: skip
    found = json.loads(state)
    assert set(found) == {"version", "diagnostics"}
    assert found["diagnostics"] is None
    assert f'data-version="{found["version"]}"' in page


@pytest.mark.parametrize("host", ["localhost", "localhost:{}", "127.0.0.1:{}", "LOCALHOST:80"])
def test_this_machines_names_are_answered(port, host):
    assert ask(port, host=host.format(port))[0].status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil@localhost",
             "localhost:80:80", "localhost:", "", "[::1]"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/state"])
def test_another_name_for_this_machine_is_refused(port, host, path):
    answer, content = ask(port, path=path, host=host)
    assert (answer.status, content) == (403, "the host must be 127.0.0.1 or localhost\n")


@pytest.mark.parametrize("path", ["/small.yaml", "/../small.yaml", "/state/", "/etc/passwd"])
def test_there_is_no_other_path(port, path):
    assert ask(port, path=path)[0].status == 404


@pytest.mark.parametrize("path", ["http://[/", "http://[::1/state"])
def test_what_is_no_address_is_answered_too(port, path):
    assert ask(port, path=path, host="localhost")[0].status == 400


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_but_get(port, method):
    answer, content = ask(port, method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    assert "small" not in content


def test_a_port_in_use_is_said(port, folder):
    done = nnspec("serve", "small.yaml", "--port", str(port), cwd=folder)
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"port {port} is in use; name another one with --port" in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("missing", [("none.yaml",), ("small.yaml", "none.csv")])
def test_a_file_that_is_not_there_is_said(folder, missing):
    done = nnspec("serve", *missing, "--port", "0", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.decode() == f"nnspec: No such file or directory: {missing[-1]}\n"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_quietly(folder, number, status):
    with serving("small.yaml", cwd=folder) as (process, port):
        assert ask(port)[0].status == 200
        process.send_signal(number)
        said, complaint = process.communicate(timeout=30)
        assert (process.returncode, said, complaint.strip()) == (status, b"", b"")


# -- how it follows -------------------------------------------------------------------------------


def follower(path: Path, data: Path | None = None) -> Follower:
    return Follower(str(path), None if data is None else UserTable(str(data)), 10, DEFAULT_LIMITS)


def save(path: Path, text: str) -> None:
    """As editors save: a new file in the place of the old one."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def test_a_page_is_made_once_for_each_version(tmp_path, monkeypatch):
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    made = []
    whole = sys.modules["nnspec.cli.work.followed_spec"].page_of
    monkeypatch.setattr(
        "nnspec.cli.work.followed_spec.page_of",
        lambda *a, **k: made.append(k["version"]) or whole(*a, **k),
    )
    following = follower(path)
    first = following.look()
    assert following.look() is first
    save(path, SPEC)  # saved, but the same
    assert following.look() == first
    save(path, BROKEN)
    broken = following.look()
    assert (broken.page, broken.version != first.version) == (first.page, True)
    save(path, SPEC)  # mended: the page is still that one
    assert following.look() == first
    path.unlink()
    gone = following.look()
    assert (gone.page, gone.diagnostics) == (first.page, f"No such file or directory: {path}")
    path.write_text(SPEC)
    assert following.look() == first
    assert made == [first.version]
    save(path, SPEC.replace("bias: 1", "bias: 2"))
    assert following.look().version not in (first.version, broken.version)
    assert len(made) == 2


def test_diagnostics_are_those_of_validate(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(BROKEN)
    told = follower(path).look().diagnostics
    done = nnspec("validate", str(path), "--color", "never")
    assert done.stdout.decode().startswith(told + "\n")
    assert told.startswith(f"{path}:8:")
    assert "NS301 dangling-synapse" in told


def test_a_table_and_weight_files_are_followed(tmp_path):
    spec, table, weights = (tmp_path / n for n in ("bulk.yaml", "t.csv", "w.npy"))
    spec.write_text(
        "nnspec: 1\nname: bulk\ninputs:\n  x: {range: [0, 1]}\n  y: {range: [0, 1]}\nlayers:\n"
        "  - name: out\n    size: 1\n    from: [x, y]\n    weights: {file: w.npy}\n"
    )
    table.write_text("x,y\n0,1\n")
    np.save(weights, np.array([[1.0, 2.0]]))
    following = follower(spec, table)
    seen = [following.look()]
    assert seen[0].diagnostics is None
    np.save(tmp_path / "new.npy", np.array([[1.0, 3.0]]))
    os.replace(tmp_path / "new.npy", weights)  # noqa: PTH105
    seen.append(following.look())
    save(table, "x,y\n0,1\n1,1\n")
    seen.append(following.look())
    assert [found.diagnostics for found in seen] == [None] * 3
    assert len({found.version for found in seen}) == 3
    assert len({found.page for found in seen}) == 3
    save(table, "x\n0\n")
    short = following.look()
    assert short.page == seen[-1].page
    assert "y" in short.diagnostics
    weights.unlink()
    assert "NS60" in following.look().diagnostics


def test_what_was_not_foreseen_is_said_too(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("by design")

    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    monkeypatch.setattr("nnspec.cli.work.followed_spec.page_of", fail)
    assert follower(path).look().diagnostics == "internal error, RuntimeError: by design"


# -- in the browser -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


def test_the_page_follows_its_file(browser, tmp_path):
    """Changed, broken, mended, gone and back: nothing is pressed in the browser."""
    expect = library("playwright.sync_api").expect
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    with (
        serving("small.yaml", cwd=tmp_path) as (_, port),
        Tab(browser, f"http://127.0.0.1:{port}/") as tab,
    ):
        page = tab.open(tab.own)
        page.fill("#input-x", "2")
        shown, faults = page.locator('[data-output="y"]'), page.locator("#diagnostics")
        expect(shown).to_have_attribute("data-value", "7")
        expect(faults).to_be_hidden()
        save(path, SPEC.replace("bias: 1", "bias: 5"))
        expect(shown).to_have_attribute("data-value", "11")  # the slider is where it was
        save(path, BROKEN)
        expect(faults).to_be_visible()
        expect(faults).to_contain_text("small.yaml:8:")
        expect(faults).to_contain_text("NS301 dangling-synapse")
        frame = faults.locator(".frame").all_text_contents()  # the caret is under the fault
        assert frame[1].index("^") == frame[0].index("xx")
        expect(shown).to_have_attribute("data-value", "11")
        page.reload()  # the last good page, and what is wrong now
        expect(faults).to_contain_text("NS301")
        expect(shown).to_have_attribute("data-value", "11")
        path.unlink()
        expect(faults).to_contain_text("No such file")
        save(path, SPEC.replace("bias: 1", "bias: -6"))
        expect(faults).to_be_hidden()
        expect(shown).to_have_attribute("data-value", "0")


def test_a_spec_broken_from_the_start(browser, tmp_path):
    expect = library("playwright.sync_api").expect
    path = tmp_path / "small.yaml"
    path.write_text(BROKEN.replace("xx", "</pre><script>alert(1)</script>"))
    with (
        serving("small.yaml", cwd=tmp_path) as (_, port),
        Tab(browser, f"http://127.0.0.1:{port}/", color_scheme="dark") as tab,
    ):
        page = tab.page
        page.goto(tab.own)
        expect(page.locator("#diagnostics")).to_contain_text("small.yaml:8:")
        expect(page.locator("#diagnostics")).to_contain_text("<script>alert(1)</script>")
        axe = library("axe_playwright_python.sync_playwright").Axe()
        found = axe.run(page).response["violations"]
        assert [f["id"] for f in found if f["impact"] in ("serious", "critical")] == []
        save(path, SPEC)
        expect(page.locator('[data-output="y"]')).to_be_visible()
        expect(page.locator("#diagnostics")).to_be_hidden()
