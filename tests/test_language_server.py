"""The schema in a real editor's server: completions, hovers and messages as authors see them.

The tests are skipped where ``yaml-language-server`` is not installed; ``npm install
yaml-language-server`` brings it, and its folder of programs belongs on PATH.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SCHEMA = (ROOT / "schemas/nnspec-1.schema.json").as_uri()
SERVER = shutil.which("yaml-language-server")
WAIT = 30

pytestmark = pytest.mark.skipif(SERVER is None, reason="yaml-language-server is not installed")


class Editor:
    """A client of the server: what an editor does, and no more."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [str(SERVER), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._answers: Queue[dict[str, Any]] = Queue()
        self._diagnostics: Queue[dict[str, Any]] = Queue()
        self._number = 0
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        support = {"snippetSupport": True, "documentationFormat": ["markdown"]}
        capabilities = {"textDocument": {"completion": {"completionItem": support}}}
        self.ask("initialize", processId=None, rootUri=None, capabilities=capabilities)
        self._send("initialized", {})
        settings = {"schemas": {SCHEMA: "*.nnspec.yaml"}, "completion": True, "hover": True,
                    "validate": True, "schemaStore": {"enable": False}}  # fmt: skip
        self._settings = {"yaml": settings}
        self._send("workspace/didChangeConfiguration", {"settings": self._settings})

    def ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        self._send(method, parameters, id=self._number)
        while True:
            answer = self._answers.get(timeout=WAIT)
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, text: str) -> str:
        self._number += 1
        uri = f"file:///specs/spec{self._number}.nnspec.yaml"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send("textDocument/didOpen", {"textDocument": document})
        return uri

    def faults(self, text: str) -> list[dict[str, Any]]:
        uri = self.open(text)
        while True:
            found = self._diagnostics.get(timeout=WAIT)
            if found["uri"] == uri:
                return found["diagnostics"]

    def completions(self, text: str) -> dict[str, str]:
        """What is inserted, by label, at the place that a bar marks."""
        before, _, after = text.partition("|")
        uri = self.open(before + after)
        lines = before.split("\n")
        place = {"line": len(lines) - 1, "character": len(lines[-1])}
        found = self.ask("textDocument/completion", textDocument={"uri": uri}, position=place)
        items = found["items"] if isinstance(found, dict) else found
        return {
            item["label"]: item.get("textEdit", {}).get("newText", item.get("insertText", ""))
            for item in items
        }

    def close(self) -> None:
        self._process.kill()
        self._listener.join()
        self._process.communicate()

    def _send(self, method: str, parameters: Any, **more: Any) -> None:
        self._write({"jsonrpc": "2.0", "method": method, "params": parameters, **more})

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _listen(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.partition(b":")[2])
            while stream.readline().strip():
                pass
            message = json.loads(stream.read(length))
            if message.get("method") == "workspace/configuration":
                wanted = [
                    self._settings.get(item.get("section"), {})
                    for item in message["params"]["items"]
                ]
                self._write({"jsonrpc": "2.0", "id": message["id"], "result": wanted})
            elif message.get("method") == "textDocument/publishDiagnostics":
                self._diagnostics.put(message["params"])
            elif "method" in message and "id" in message:
                self._write({"jsonrpc": "2.0", "id": message["id"], "result": None})
            elif "id" in message:
                self._answers.put(message)


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    client = Editor()
    yield client
    client.close()


@pytest.mark.parametrize("spec", sorted((ROOT / "specs").glob("*.yaml")), ids=lambda s: s.stem)
def test_a_shipped_spec_is_clean(editor, spec):
    # Its first line names the schema by a path from the folder in which the spec stands.
    modeline, _, text = spec.read_text().partition("\n")
    assert modeline.startswith("# yaml-language-server: $schema=")
    assert editor.faults(text) == []


HEAD = "nnspec: 1\nname: n\ninputs:\n  age:\n"
LAYER = HEAD + "    range: [0, 1]\nlayers:\n  - name: output\n    "


@pytest.mark.parametrize(
    ("text", "label", "inserted"),
    [
        (HEAD + "    range: |", "[low, high]", "[${1:0}, ${2:1}]"),
        (HEAD + "    u|", "unit", "unit: "),
        (HEAD + "    type: |", "category", "category"),
        (HEAD + "    transform: |", "log1p", "log1p"),
        (HEAD + "    transform:\n      s|", "standardize", "standardize:\n  mean: "),
        (LAYER + "activation: |", "relu", "relu"),
        (LAYER + "activation: |", "elu …", "\n  elu:\n    alpha: ${1:1}"),
        (LAYER + "group: |", "winner", "winner"),
        (LAYER + "|", "bulk layer", "size: ${2:2}\nfrom: [${3:area}]\nweights: "),
    ],
)
def test_what_an_author_is_offered(editor, text, label, inserted):
    offered = editor.completions(text)
    assert label in offered, offered
    assert offered[label].startswith(inserted)


def test_a_fault_is_marked_where_it_stands(editor):
    text = (
        HEAD
        + "    rang: [0, 1]\nlayers:\n  - name: output\n    neurons: {y: {synapses: {age: 1}}}\n"
    )
    (fault,) = editor.faults(text)
    assert fault["range"]["start"] == {"line": 4, "character": 4}
    assert "rang" in fault["message"]
    assert editor.faults(text.replace("rang:", "range:")) == []
