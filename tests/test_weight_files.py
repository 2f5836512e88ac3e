"""Weight files: what is read from them is what the spec would say, or a diagnostic says why not."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from agreement import assert_locally_equal, assert_same, encode, evaluate_all
from broken import as_tree, render_tree
from hypothesis import event, given, settings
from hypothesis import strategies as st
from strategies import network_specs, random_table

import nnspec
from nnspec import BulkLayer, DenseWeights, FileWeights, Input, Limits, Network, NetworkSpec
from nnspec.cli.streams.output import write_together
from nnspec.diagnostics import errors
from nnspec.loading import check_file, check_text, load_spec, open_weights
from nnspec.packing import pack_text, unpack_text
from nnspec.packing.places import value_places
from nnspec.spec.model import SparseWeights
from nnspec.spec.writing import dump, to_data
from nnspec.tables.errors import OutputError
from nnspec.tables.write.targets import FileTarget
from nnspec.views.diagram import diagram_svg
from nnspec.views.diagram.blocks import blocks_svg
from nnspec.weights.errors import WeightFileError
from nnspec.weights.npy import read_npy
from nnspec.weights.opening import check_contents, open_headers
from nnspec.weights.safetensors import read_header, write_safetensors

WEIGHTS = np.array([[1.5, -2.0, 0.1], [0.0, -0.0, 1e-300]])


def has_bulk(spec: NetworkSpec) -> bool:
    return any(isinstance(layer, BulkLayer) for layer in spec.layers)


def tensors_of(path: Path, **tensors: np.ndarray) -> Path:
    with path.open("wb") as file:
        write_safetensors(file, tensors)
    return path


def held(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def spec_of(weights: str, bias: str = "0", size: int = 2) -> str:
    return (
        "nnspec: 1\nname: n\ninputs: {a: {}, b: {}, c: {}}\nlayers:\n"
        f"  - name: out\n    size: {size}\n    from: [a, b, c]\n    weights: {weights}\n"
        f"    bias: {bias}\n"
    )


def codes(text: str, folder: Path, limits: Limits | None = None) -> list[str]:
    limits = Limits() if limits is None else limits
    found = check_text(text, folder=folder, limits=limits).diagnostics
    for diagnostic in found:
        assert diagnostic.span is not None
        assert diagnostic.message.isprintable()
        assert len(diagnostic.message) < 500
    return [d.code for d in errors(found)]


def in_order(spec: NetworkSpec) -> NetworkSpec:
    """The spec with sparse entries by row and column, the order that CSR has."""
    layers = [
        replace(layer, weights=SparseWeights(tuple(sorted(layer.weights.entries))))
        if isinstance(layer, BulkLayer) and isinstance(layer.weights, SparseWeights)
        else layer
        for layer in spec.layers
    ]
    return replace(spec, layers=tuple(layers))


def without_values(text: str) -> str:
    """A spec's text without its weights and biases, and the white space before them."""
    places = sorted(value_places(text).values(), key=lambda place: place.start)
    parts, at = [], 0
    for place in places:
        parts.append(text[at : place.key_end])
        at = place.end
    return "".join([*parts, text[at:]])


# -- packing --------------------------------------------------------------------------------------


def texts_of(spec: NetworkSpec) -> list[str]:
    """A spec in styles: as written by us, in JSON, in block and flow style."""
    tree = as_tree(to_data(spec))
    return [
        dump(spec),
        json.dumps(to_data(spec), indent=1, ensure_ascii=False),
        *(render_tree(tree, flow_from=depth) for depth in (0, 3, 5, 9)),
        dump(spec).replace("\n", "\r\n"),
    ]


@given(network_specs(decorated=True).filter(has_bulk), st.integers(0, 6), st.integers(1, 6))
def test_a_packed_spec_is_the_same_network_and_unpacks_to_the_same_spec(
    tmp_path_factory, spec, style, least
):
    """unpack(pack(spec)) == spec, and between them the same hash and the same bits of results."""
    text = texts_of(spec)[style]
    folder = tmp_path_factory.mktemp("packed")
    packed = pack_text(text, spec, "w.safetensors", least, Limits())
    event(f"{len(packed.moved)} moved")
    tensors_of(folder / "w.safetensors", **packed.tensors)
    loaded = check_text(packed.text, folder=folder)
    assert errors(loaded.diagnostics) == []
    assert loaded.spec is not None

    inline, stored = Network(spec), Network(loaded.spec)
    assert inline.content_hash == stored.content_hash
    assert inline.compiled.n_synapses == stored.compiled.n_synapses
    table = random_table(spec, 7, np.random.default_rng(0))
    columns = encode(spec, table)
    assert_same(evaluate_all(inline, columns), evaluate_all(stored, columns))
    assert_locally_equal(stored, table)  # against the reference, which reads the file too

    unpacked = unpack_text(packed.text, loaded.spec, Limits())
    assert unpacked.moved == packed.moved
    back = check_text(unpacked.text).spec
    moved = [name.removesuffix(".weights") for name in packed.moved]
    expected = in_order(spec)
    kept = {layer.name: layer for layer in spec.layers if layer.name not in moved}
    expected = replace(expected, layers=tuple(kept.get(v.name, v) for v in expected.layers))
    assert repr(back) == repr(_as_floats(expected, moved, packed.moved))  # -0.0 is not 0.0 here
    assert back == expected


def _as_floats(spec, weights, moved):
    """Whole numbers come back as floats: 1 as 1.0."""
    layers = []
    for layer in spec.layers:
        if layer.name in weights and isinstance(layer.weights, DenseWeights):
            rows = tuple(tuple(map(float, row)) for row in layer.weights.rows)
            layer = replace(layer, weights=DenseWeights(rows))
        elif layer.name in weights and isinstance(layer.weights, SparseWeights):
            entries = tuple((row, col, float(v)) for row, col, v in layer.weights.entries)
            layer = replace(layer, weights=SparseWeights(entries))
        if f"{layer.name}.bias" in moved:
            layer = replace(layer, bias=tuple(map(float, layer.bias)))
        layers.append(layer)
    return replace(spec, layers=tuple(layers))


@given(network_specs(decorated=True).filter(has_bulk), st.integers(0, 6))
def test_packing_leaves_the_rest_of_the_text_as_it_was(spec, flow_from):
    """Comments, order, quotes and line ends outside of weights and biases: the same letters."""
    lines = render_tree(as_tree(to_data(spec)), flow_from=flow_from).splitlines()
    text = "# é\n---\n" + "".join(f"{line}  # : [{{\r\n" for line in lines) + "...\n"
    packed = pack_text(text, spec, "w.safetensors", 1, Limits())
    before, after = without_values(text), without_values(packed.text)
    event("all moved" if packed.lost_comments else "no comment lost")
    # A comment after 'weights:' stays, on the line of the reference that comes before it.
    assert after.replace("  # : [{", "").split() == before.replace("  # : [{", "").split()
    for line in packed.text.splitlines():
        assert line in text or "w.safetensors" in line


COMMENTED = """\
nnspec: 1   # the version
name: n
inputs: {a: {}, b: {}}
layers:
  - name: first      # before
    size: 2
    weights:  # the matrix
      # (size, fan-in)
      - [1, 2]   # of the first
      - [3, 4]
    # between
    from: [a, b]
    bias: [1,
           2]  # after
  - {size: 1, name: end, from: [first], weights: {sparse: [[0, 1, 0.5]]}, x-n: 1}
# the end
"""


PACKED = """\
nnspec: 1   # the version
name: n
inputs: {a: {}, b: {}}
layers:
  - name: first      # before
    size: 2
    weights: {file: w.safetensors, tensor: first.weights}  # the matrix
      # (size, fan-in)
    # between
    from: [a, b]
    bias: {file: w.safetensors, tensor: first.bias}  # after
  - {size: 1, name: end, from: [first], weights: {file: w.safetensors, tensor: end.weights}, x-n: 1}
# the end
"""


def test_a_spec_with_comments_is_packed_as_a_person_would():
    spec = check_text(COMMENTED).spec
    packed = pack_text(COMMENTED, spec, "w.safetensors", 1, Limits())
    assert packed.lost_comments == 1
    assert packed.text == PACKED


def test_what_cannot_be_moved_is_said():
    anchored = spec_of("&w [[1, 2, 3], [4, 5, 6]]")
    with pytest.raises(nnspec.NnspecError, match="line 8 carries an anchor"):
        pack_text(anchored, check_text(anchored).spec, "w.safetensors", 1, Limits())
    extended = spec_of("{sparse: [[0, 0, 1], [1, 0, 1]], x-note: mine}")
    with pytest.raises(nnspec.NnspecError, match="'x-note'"):
        pack_text(extended, check_text(extended).spec, "w.safetensors", 1, Limits())
    alias = "x-w: &w [[1, 2, 3], [4, 5, 6]]\n" + spec_of("*w")
    packed = pack_text(alias, check_text(alias).spec, "w.safetensors", 1, Limits())
    assert packed.text == alias.replace("*w", "{file: w.safetensors, tensor: out.weights}")


# -- what files may hold --------------------------------------------------------------------------


def bfloat16(array: np.ndarray) -> np.ndarray:
    return (array.astype("<f4").view("<u4") >> 16).astype("<u2")


@pytest.mark.parametrize("dtype", ["F64", "F32", "F16", "BF16"])
@pytest.mark.parametrize("padding", [0, 1, 4])
def test_each_type_is_read_exactly_wherever_it_stands(tmp_path, dtype, padding):
    stored = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
    array = bfloat16(WEIGHTS) if dtype == "BF16" else WEIGHTS.astype(stored[dtype])
    entry = {"dtype": dtype, "shape": [2, 3], "data_offsets": [0, array.nbytes]}
    header = json.dumps({"w": entry}).encode()
    header += b" " * (-len(header) % 8 + padding)
    content = struct.pack("<Q", len(header)) + header + array.tobytes()
    (tmp_path / "w.safetensors").write_bytes(content)
    network = nnspec.loads(spec_of("{file: w.safetensors, tensor: w}"), folder=tmp_path)
    exact = array.astype(np.float64)
    if dtype == "BF16":
        exact = (array.astype("<u4") << 16).view("<f4").astype(np.float64)
    assert network.weights("out").values.tobytes() == (exact + 0.0).tobytes()
    rows = [network.spec.layers[0].weights.values.row(i) for i in range(2)]
    assert repr(rows) == repr([list(enumerate(row)) for row in exact.tolist()])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_npy_of_each_version_and_order(tmp_path, order, version):
    with (tmp_path / "w.npy").open("wb") as file:
        np.lib.format.write_array(file, np.array(WEIGHTS, order=order), version)
    np.save(tmp_path / "b.npy", np.array([0.5, -0.0], dtype="<f4"))
    network = nnspec.loads(spec_of("{file: w.npy}", "{file: b.npy}"), folder=tmp_path)
    assert network.weights("out").values.tolist() == WEIGHTS.tolist()
    assert network(a=1, b=1, c=0) == {"out.0": 0.0, "out.1": 0.0}


def test_files_of_the_safetensors_library_s_own_form_are_read(tmp_path):
    """Metadata, an odd order of tensors, an empty one, and types that nnspec does not use."""
    header = {
        "__metadata__": {"format": "pt"},
        "later": {"dtype": "F64", "shape": [2, 3], "data_offsets": [3, 51]},
        "mask": {"dtype": "U8", "shape": [3], "data_offsets": [0, 3]},
        "none": {"dtype": "F32", "shape": [0, 7], "data_offsets": [51, 51]},
        "new": {"dtype": "F4", "shape": [2], "data_offsets": [51, 52]},
    }
    text = json.dumps(header).encode()
    content = struct.pack("<Q", len(text)) + text + b"abc" + WEIGHTS.tobytes() + b"d"
    (tmp_path / "w.safetensors").write_bytes(content)
    network = nnspec.loads(spec_of("{file: w.safetensors, tensor: later}"), folder=tmp_path)
    assert network.weights("out").values.tolist() == WEIGHTS.tolist()


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_csr_with_empty_rows_and_either_index(tmp_path, index):
    parts = {
        "s.data": np.array([1.5, -0.0, 2.5]),
        "s.indices": np.array([2, 0, 1], dtype=index),
        "s.indptr": np.array([0, 0, 1, 3, 3], dtype=index),
    }
    raw = {name: part.astype(part.dtype.newbyteorder("<")) for name, part in parts.items()}
    header, at = {}, 0
    for name, part in raw.items():
        dtype = {"f8": "F64", "i4": "I32", "i8": "I64"}[part.dtype.str[1:]]
        header[name] = {
            "dtype": dtype, "shape": [len(part)], "data_offsets": [at, at + part.nbytes]
        }  # fmt: skip
        at += part.nbytes
    text = json.dumps(header).encode()
    content = struct.pack("<Q", len(text)) + text + b"".join(p.tobytes() for p in raw.values())
    (tmp_path / "w.safetensors").write_bytes(content)
    stored = nnspec.loads(spec_of("{file: w.safetensors, tensor: s}", size=4), folder=tmp_path)
    inline = nnspec.loads(spec_of("{sparse: [[1, 2, 1.5], [2, 0, -0.0], [2, 1, 2.5]]}", size=4))
    assert stored.content_hash == inline.content_hash
    assert stored(a=1, b=2, c=3) == inline(a=1, b=2, c=3)
    assert stored.compiled.n_synapses == 3


def test_what_is_written_is_what_the_library_writes(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    tensors = {"a": WEIGHTS, "b": np.arange(4)}
    path = tensors_of(tmp_path / "w.safetensors", **tensors)
    read = safetensors.load_file(path)
    assert {k: (v.tolist(), v.dtype) for k, v in read.items()} == {
        k: (v.tolist(), v.dtype) for k, v in tensors.items()
    }
    safetensors.save_file({"w": WEIGHTS.astype("<f4")}, tmp_path / "own.safetensors")
    network = nnspec.loads(spec_of("{file: own.safetensors, tensor: w}"), folder=tmp_path)
    assert network.weights("out").values.tolist() == WEIGHTS.astype("<f4").tolist()


# -- hostile and broken files ---------------------------------------------------------------------


def good_files() -> dict[str, bytes]:
    """Files that fit the layers of ``FUZZED``."""
    made = io.BytesIO()
    sparse = {
        "s.data": np.array([1.0, 2.0, 3.0]),
        "s.indices": np.array([0, 2, 1]),
        "s.indptr": np.array([0, 2, 3]),
    }
    write_safetensors(made, {"w": WEIGHTS, "b": np.array([1.0, 2.0]), **sparse})
    plain = io.BytesIO()
    np.save(plain, WEIGHTS)
    return {"w.safetensors": made.getvalue(), "w.npy": plain.getvalue()}


FUZZED = {
    "w.safetensors": (
        spec_of("{file: w.safetensors, tensor: w}", "{file: w.safetensors, tensor: b}"),
        spec_of("{file: w.safetensors, tensor: s}"),
    ),
    "w.npy": (spec_of("{file: w.npy}"),),
}

GOOD = good_files()


@st.composite
def mutated_files(draw):
    """A weight file with bytes changed, cut, repeated, or with another header."""
    name = draw(st.sampled_from(sorted(GOOD)))
    content = bytearray(GOOD[name])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.sampled_from(["flip", "cut", "insert", "number", "swap"])):
            case "flip" if content:
                content[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del content[at : at + draw(st.integers(1, 40))]
            case "insert":
                content[at:at] = draw(st.binary(max_size=16))
            case "number":
                digits = [i for i, byte in enumerate(content) if 48 <= byte <= 57]
                if digits:
                    where = draw(st.sampled_from(digits))
                    content[where : where + 1] = draw(
                        st.sampled_from([b"9", b"0", b"-1", b"1e3", b"true", b"9" * 30, b"0.5"])
                    )
            case "swap" if name.endswith("s"):
                words = [b'"w"', b'"b"', b"F64", b"I64", b"shape", b"s.data", b"s.indptr"]
                old, new = draw(st.sampled_from(words)), draw(st.sampled_from(words))
                content = bytearray(bytes(content).replace(old, new, 1))
    return name, bytes(content)


@given(mutated_files())
@settings(max_examples=6 * settings.default.max_examples)
def test_r48_r53_a_mutated_file_gives_diagnostics_or_a_network(tmp_path_factory, mutated):
    """Never an exception, never more memory than the file's own size and a little."""
    name, content = mutated
    folder = tmp_path_factory.mktemp("fuzzed")
    (folder / name).write_bytes(content)
    for text in FUZZED[name]:
        tracemalloc.start()
        try:
            loaded = check_text(text, folder=folder)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 10_000_000
        found = errors(loaded.diagnostics)
        event(", ".join(sorted({d.code for d in found})) or "accepted")
        assert {d.code for d in found} <= {f"NS60{i}" for i in range(5, 10)}
        for diagnostic in found:
            assert diagnostic.message.isprintable()
            assert len(diagnostic.message) < 500
        if loaded.ok:
            network = Network(loaded.spec)
            table = {name: np.array([0.5, -2.0]) for name in "abc"}
            evaluated = evaluate_all(network, table)
            assert len(evaluated.bad) == 2


def test_r47_r54_a_header_that_claims_much_is_refused_before_anything_is_made(tmp_path):
    """2^40 numbers in a file of 100 bytes; a header of 2^60 bytes; a million brackets."""
    huge = {"w": {"dtype": "F64", "shape": [2**20, 2**20], "data_offsets": [0, 2**43]}}
    text = json.dumps(huge).encode()
    contents = [
        struct.pack("<Q", len(text)) + text,
        struct.pack("<Q", 2**60) + text,
        struct.pack("<Q", 1_000_000) + b"{" * 1_000_000,
        struct.pack("<Q", 1_000_005) + b'{"w":' + b"[" * 1_000_000,
    ]
    for content in contents:
        (tmp_path / "w.safetensors").write_bytes(content)
        tracemalloc.start()
        found = codes(spec_of("{file: w.safetensors, tensor: w}"), tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found == ["NS605"]
        assert peak < 20_000_000


def test_a_broken_file_is_reported_once_though_named_twice(tmp_path):
    (tmp_path / "w.safetensors").write_bytes(GOOD["w.safetensors"][:-3])
    assert codes(FUZZED["w.safetensors"][0], tmp_path) == ["NS605"]


def test_the_limits_hold_for_what_stands_in_files(tmp_path):
    (tmp_path / "w.safetensors").write_bytes(GOOD["w.safetensors"])
    dense, sparse = FUZZED["w.safetensors"]
    assert codes(dense, tmp_path, Limits(synapses=5)) == ["NS507"]
    assert codes(dense, tmp_path, Limits(synapses=6)) == []
    assert codes(sparse, tmp_path, Limits(synapses=2)) == ["NS507"]
    assert codes(sparse, tmp_path, Limits(synapses=3)) == []
    assert codes(dense, tmp_path, Limits(header_bytes=100)) == ["NS605"]
    with pytest.raises(nnspec.SpecError, match="NS507"):
        nnspec.loads(sparse, Limits(synapses=2), tmp_path)


# -- paths ----------------------------------------------------------------------------------------


@pytest.fixture
def beside(tmp_path):
    """A folder for the spec, one beside it that it must not read, and a weight file in each."""
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    for folder in (inner, outer):
        (folder / "deep").mkdir(parents=True)
        np.save(folder / "w.npy", WEIGHTS)
        np.save(folder / "deep" / "w.npy", WEIGHTS)
    return inner


@pytest.mark.parametrize("path", ["w.npy", "./w.npy", "deep/w.npy", "link.npy", "way/w.npy"])
def test_a_path_inside_the_folder_may_be_any(beside, path):
    (beside / "link.npy").symlink_to("deep/w.npy")
    (beside / "way").symlink_to(beside / "deep", target_is_directory=True)
    assert codes(spec_of(f"{{file: {path}}}"), beside) == []


@pytest.mark.parametrize("path", ["link.npy", "way/w.npy", "hard.npy", "loop.npy", "gone.npy"])
def test_r36_a_link_that_leads_outside_is_refused(beside, path):
    outer = beside.parent / "outer"
    (beside / "link.npy").symlink_to(outer / "w.npy")
    (beside / "gone.npy").symlink_to(outer / "absent.npy")
    (beside / "way").symlink_to("../outer", target_is_directory=True)
    (beside / "loop.npy").symlink_to("loop.npy")
    (beside / "hard.npy").hardlink_to(outer / "w.npy")
    assert codes(spec_of(f"{{file: {path}}}"), beside) == ["NS603"]


def test_a_second_name_may_be_allowed(beside):
    (beside / "hard.npy").hardlink_to(beside.parent / "outer" / "w.npy")
    assert codes(spec_of("{file: hard.npy}"), beside, Limits(links=2)) == []


def test_a_folder_whose_name_begins_like_the_spec_s_is_another(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner-2").mkdir()
    np.save(tmp_path / "inner-2" / "w.npy", WEIGHTS)
    (tmp_path / "inner" / "way").symlink_to("../inner-2", target_is_directory=True)
    assert codes(spec_of("{file: way/w.npy}"), tmp_path / "inner") == ["NS603"]


@pytest.mark.parametrize(
    "path",
    ["/etc/hostname", "../outer/w.npy", "deep/../../outer/w.npy", "C:/w.npy", "deep\\\\w.npy",
     "~/w.npy", "%2e%2e/w.npy"],
)  # fmt: skip
def test_r35_a_path_that_leads_outside_is_refused_though_nothing_is_there(beside, path):
    assert codes(spec_of(f'{{file: "{path}"}}'), beside) == ["NS603"]


def test_r38_what_is_no_regular_file_is_refused_without_waiting(beside):
    os.mkfifo(beside / "pipe.npy")
    assert codes(spec_of("{file: pipe.npy}"), beside) == ["NS604"]
    (beside / "folder.npy").mkdir()
    assert codes(spec_of("{file: folder.npy}"), beside) == ["NS604"]
    assert codes(spec_of("{file: w.npy/w.npy}"), beside) == ["NS604"]
    assert codes(spec_of(f"{{file: {'w' * 300}.npy}}"), beside) == ["NS604"]
    assert codes(spec_of("{file: absent/w.npy}"), beside) == ["NS604"]


def test_r45_r46_nothing_is_unpickled(beside):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (beside / "sprung",))

    np.save(beside / "w.npy", np.array([[Trap()] * 3] * 2, dtype=object), allow_pickle=True)
    assert codes(spec_of("{file: w.npy}"), beside) == ["NS605"]
    (beside / "w.npy").write_bytes(pickle.dumps(Trap()))
    assert codes(spec_of("{file: w.npy}"), beside) == ["NS605"]
    (beside / "w.pkl").write_bytes(pickle.dumps(Trap()))
    assert codes(spec_of("{file: w.pkl}"), beside) == ["NS605"]
    assert not (beside / "sprung").exists()


# -- from Python ----------------------------------------------------------------------------------


def built(weights: FileWeights) -> NetworkSpec:
    layer = BulkLayer("out", 2, ("a", "b", "c"), weights)
    return NetworkSpec("n", tuple(map(Input, "abc")), (layer,))


def test_a_spec_built_in_python_says_where_its_files_are(beside):
    spec = built(FileWeights("w.npy"))
    with pytest.raises(nnspec.SpecError, match=r"NS602.*no folder"):
        Network(spec)
    with pytest.raises(nnspec.SpecError, match=r"NS602.*no folder"):
        nnspec.loads(dump(spec))
    network = Network(spec, folder=beside)
    assert network(a=1, b=0, c=0) == {"out.0": 1.5, "out.1": 0.0}
    assert Network(open_weights(spec, beside)).content_hash == network.content_hash
    with pytest.raises(nnspec.SpecError, match="NS604"):
        Network(built(FileWeights("x.npy")), folder=beside)
    np.save(beside / "x.npy", WEIGHTS + np.inf)
    with pytest.raises(nnspec.SpecError, match="NS608"):
        Network(built(FileWeights("x.npy")), folder=beside)


def test_the_file_is_no_part_of_what_the_spec_says(beside):
    (beside / "s.yaml").write_text(dump(built(FileWeights("w.npy"))))
    spec = load_spec(beside / "s.yaml")
    assert spec == built(FileWeights("w.npy"))
    assert dump(spec) == (beside / "s.yaml").read_text()
    assert hash(spec.layers[0].weights) == hash(FileWeights("w.npy"))


def test_a_network_with_files_can_be_sent_to_another_process(beside):
    network = Network(built(FileWeights("w.npy")), folder=beside)
    again = pickle.loads(pickle.dumps(network))
    (beside / "w.npy").unlink()
    assert again.content_hash == network.content_hash
    assert again(a=1, b=2, c=3) == network(a=1, b=2, c=3)


def test_r41_a_file_that_is_replaced_meanwhile_changes_nothing(beside):
    """It is opened once: what was judged is what is compiled, though another takes its name."""
    spec = open_weights(built(FileWeights("w.npy")), beside)
    np.save(beside / "new.npy", np.full((2, 3), np.nan))
    (beside / "new.npy").replace(beside / "w.npy")
    assert Network(spec)(a=1, b=0, c=0) == {"out.0": 1.5, "out.1": 0.0}
    with pytest.raises(nnspec.SpecError, match="NS608"):
        Network(built(FileWeights("w.npy")), folder=beside)


def test_diagrams_show_the_weights_of_files(beside):
    stored = open_weights(built(FileWeights("w.npy")), beside)
    inline = built(DenseWeights(tuple(map(tuple, WEIGHTS.tolist()))))
    assert diagram_svg(stored) == diagram_svg(inline)
    assert blocks_svg(stored) == blocks_svg(inline) != blocks_svg(built(FileWeights("w.npy")))


# -- what their own libraries refuse ---------------------------------------------------------------

SPACES = st.sampled_from(["", " ", "  ", "\t", "\x0c", "\x1e", "\n", "\u00a0"])
SIZES = st.sampled_from(["2", "3", "6", "0", "02", "1_0", "-1", "2L", "2.0", "", "True", "+3"])


@st.composite
def npy_headers(draw) -> bytes:
    """Files of six numbers whose header is written in any way, mostly a wrong one."""
    usual = st.sampled_from([" ", ""]) if draw(st.booleans()) else SPACES
    sizes = draw(st.sampled_from(["2, 3", "2,3", "2, 3,", "6,", "6", "", "1, 2, 3"])
                 | st.lists(SIZES, max_size=3).map(",".join))  # fmt: skip
    entries = [
        f"'descr'{draw(usual)}:{draw(usual)}'<f8'",
        f"'fortran_order':{draw(usual)}{draw(st.sampled_from(['False', 'True', '0', 'false']))}",
        f"'shape':{draw(usual)}({draw(usual)}{sizes}{draw(usual)})",
    ]
    entries = draw(st.permutations(entries) | st.lists(st.sampled_from(entries), max_size=4))
    ends = draw(st.sampled_from(["", ",", ", "])), draw(st.sampled_from(["", "\n", "  \n"]))
    text = f"{draw(usual)}{{{', '.join(entries)}{ends[0]}}}{draw(usual)}{ends[1]}".encode()
    version = draw(st.sampled_from([1, 1, 2, 3]))
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + np.arange(6.0).tobytes()


@given(npy_headers())
@settings(max_examples=4 * settings.default.max_examples)
def test_a_npy_file_that_numpy_refuses_is_refused(content):
    """And what both read has one shape and one order."""
    try:
        entry = read_npy(content)
    except WeightFileError:
        event("refused")
        return
    event("read")
    array = np.load(io.BytesIO(content), allow_pickle=False)
    assert entry.shape == array.shape
    assert not array.size or array.flags.f_contiguous >= entry.by_columns


METADATA = st.sampled_from(
    ['{}', 'null', '{"format": "np"}', '{"x": 1}', '{"x": null}', '{"x": ["a"]}', '"text"', '[]',
     '{"x": "\\ud800"}', '{"x": {}}', '3']
)  # fmt: skip
SHAPES = st.sampled_from(
    ["[2]", "[2, 1]", "[2.0]", "[-0, 2]", "[true, 2]", "[1e0, 2]", '["2"]', "[[2]]", "null", "2",
     "[0]", f"[{2**40}, {2**40}, 0]", f"[0, {2**62}, {2**62}]", f"[{2**64}, 0]"]
)  # fmt: skip


@st.composite
def safetensors_files(draw) -> bytes:
    """Files of one or two tensors whose header is written in any way."""
    names = draw(st.lists(st.sampled_from(["a", "b", "\\ud800", "\\u0000", ""]), max_size=2))
    parts = [f'"__metadata__": {draw(METADATA)}'] if draw(st.booleans()) else []
    for i, name in enumerate(names):
        shape = "[2]" if draw(st.booleans()) else draw(SHAPES)
        size = draw(st.sampled_from([16, 16, 16, 0]))
        places = draw(st.sampled_from(["{0}, {1}", "{0}, {1}", "{0}.0, {1}", "-0, {1}"]))
        places = places.format(16 * i, 16 * i + size)
        parts.append(f'"{name}": {{"dtype": "F64", "shape": {shape}, "data_offsets": [{places}]}}')
    text = ("{" + ", ".join(parts) + "}" + draw(st.sampled_from(["", " ", "\n", "\x0c"]))).encode()
    return struct.pack("<Q", len(text)) + text + bytes(16 * len(names))


@given(safetensors_files())
@settings(max_examples=4 * settings.default.max_examples)
def test_a_safetensors_file_that_its_library_refuses_is_refused(content):
    """And what both read has the same tensors."""
    library = pytest.importorskip("safetensors")
    try:
        entries = read_header(content, Limits())
    except WeightFileError:
        event("refused")
        return
    event("read")
    tensors = dict(library.deserialize(content))
    assert {name: entry.shape for name, entry in entries.items()} == {
        name: tuple(tensor["shape"]) for name, tensor in tensors.items()
    }


@pytest.mark.parametrize("n_bytes", [0, 8, 100])
def test_a_file_that_is_cut_short_in_its_place_ends_no_process(beside, n_bytes):
    """Before its numbers are read that is a diagnostic; afterwards nothing is read from it."""
    network = Network(built(FileWeights("w.npy")), folder=beside)
    opened, found = open_headers(built(FileWeights("w.npy")), beside, Limits())
    assert found == []
    os.truncate(beside / "w.npy", n_bytes)
    assert [finding.code for finding in check_contents(opened)[1]] == ["NS604"]
    assert network(a=1, b=0, c=0) == {"out.0": 1.5, "out.1": 0.0}


# -- memory ---------------------------------------------------------------------------------------


def test_plain_numbers_are_used_where_they_stand(tmp_path):
    """float64 without -0.0 is read once: 64 MB take little more, and none per evaluator."""
    n = 2_000
    array = np.lib.format.open_memmap(tmp_path / "w.npy", "w+", "<f8", (n, 2 * n))
    array[:] = 0.5
    array.flush()
    del array
    names = ", ".join(f"i{i}" for i in range(2 * n))
    inputs = "{" + ", ".join(f"i{i}: {{}}" for i in range(2 * n)) + "}"
    text = (
        f"nnspec: 1\nname: n\ninputs: {inputs}\nlayers:\n"
        f"  - {{name: out, size: {n}, from: [{names}], weights: {{file: w.npy}}}}\n"
    )
    (tmp_path / "s.yaml").write_text(text)
    tracemalloc.start()
    network = nnspec.load(tmp_path / "s.yaml")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert network.compiled.layers[0].weights.array.flags.owndata is False  # the bytes as read
    assert network.compiled.n_synapses == 2 * n * n
    assert peak < 8 * 2 * n * n + 45_000_000


COUNT = """
import sys
from nnspec.loading import check_file
loaded = check_file(sys.argv[1])
assert loaded.ok, loaded.diagnostics
print("numpy" in sys.modules)
"""


@pytest.mark.parametrize(("weights", "expected"), [("[[1, 2, 3], [4, 5, 6]]", "False"),
                                                   ("{file: w.npy}", "True")])  # fmt: skip
def test_numpy_is_loaded_only_for_specs_that_have_files(beside, weights, expected):
    (beside / "s.yaml").write_text(spec_of(weights))
    run = subprocess.run(
        [sys.executable, "-c", COUNT, str(beside / "s.yaml")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.strip() == expected


# -- the command line -----------------------------------------------------------------------------


def run(*args: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nnspec", *map(str, args)],
        cwd=cwd, capture_output=True, text=True, check=False,
    )  # fmt: skip


INLINE = spec_of("[[1, 2, 3],  # why\n              [4, 5, 6]]", "[0.1, -0.0]")


@pytest.fixture
def home(tmp_path):
    (tmp_path / "s.yaml").write_bytes(b"\xef\xbb\xbf" + INLINE.encode())
    return tmp_path


def test_pack_and_unpack_in_place(home):
    before = nnspec.load(home / "s.yaml")
    kept = run("pack", "s.yaml", "--min", 1, cwd=home)
    assert kept.returncode == 2
    assert "1 comment among the numbers of s.yaml would be lost" in kept.stderr
    assert held(home) == ["s.yaml"]
    done = run("pack", "s.yaml", "--min", 1, "--force", cwd=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert held(home) == ["s.safetensors", "s.yaml"]
    assert (home / "s.yaml").read_bytes().startswith(b"\xef\xbb\xbfnnspec: 1\n")
    assert run("validate", "s.yaml", cwd=home).returncode == 0
    assert nnspec.load(home / "s.yaml").content_hash == before.content_hash
    again = run("pack", "s.yaml", "--min", 1, cwd=home)
    assert again.stdout.startswith("nothing to pack")
    assert run("unpack", "s.yaml", cwd=home).returncode == 0
    assert nnspec.load(home / "s.yaml").spec == before.spec
    assert run("unpack", "s.yaml", cwd=home).stdout.startswith("nothing to unpack")


def test_nothing_is_overwritten_unasked(home):
    assert run("pack", "s.yaml", "-o", "new.yaml", "--min", 1, cwd=home).returncode == 0
    first = (home / "new.yaml").read_bytes(), (home / "new.safetensors").read_bytes()
    (home / "new.yaml").write_text("mine")
    for args in (("--file", "other.safetensors"), ()):
        refused = run("pack", "s.yaml", "-o", "new.yaml", "--min", 1, *args, cwd=home)
        assert refused.returncode == 2
        assert "exists; --force overwrites it" in refused.stderr
    assert held(home) == ["new.safetensors", "new.yaml", "s.yaml"]
    assert (home / "new.yaml").read_text() == "mine"
    (home / "new.yaml").rename(home / "mine.yaml")
    refused = run("pack", "s.yaml", "-o", "new.yaml", "--min", 1, cwd=home)
    assert (refused.returncode, "new.safetensors exists" in refused.stderr) == (2, True)
    (home / "mine.yaml").rename(home / "new.yaml")
    assert run("pack", "s.yaml", "-o", "new.yaml", "--min", 1, "--force", cwd=home).returncode == 0
    assert ((home / "new.yaml").read_bytes(), (home / "new.safetensors").read_bytes()) == first
    assert run("unpack", "new.yaml", "-o", "s.yaml", cwd=home).returncode == 2
    assert (home / "s.yaml").read_bytes() == b"\xef\xbb\xbf" + INLINE.encode()


@pytest.mark.parametrize(
    ("file", "words"),
    [("../w.safetensors", "has '..' in it"), ("/tmp/w.safetensors", "is absolute"),
     ("w.npy", "must end in .safetensors"), ("way/w.safetensors", "leads outside")],
)  # fmt: skip
def test_the_new_file_stays_in_the_folder(home, file, words):
    (home.parent / f"{home.name}-outside").mkdir()
    (home / "way").symlink_to(home.parent / f"{home.name}-outside", target_is_directory=True)
    refused = run("pack", "s.yaml", "-o", "n.yaml", "--min", 1, "--file", file, cwd=home)
    assert refused.returncode == 2
    assert words in refused.stderr
    assert held(home) == ["s.yaml", "way"]


def test_a_second_file_leaves_the_first_alone(home):
    np.save(home / "w.npy", WEIGHTS)
    tensors_of(home / "w.safetensors", w=WEIGHTS)
    half = spec_of("{file: w.safetensors, tensor: w}", "[1, 2]")
    (home / "half.yaml").write_text(half)
    content = (home / "w.safetensors").read_bytes()
    refused = run("pack", "half.yaml", "--min", 1, "--file", "w.safetensors", "--force", cwd=home)
    assert refused.returncode == 2
    assert "another file for the rest" in refused.stderr
    (home / "deep").mkdir()
    elsewhere = run("pack", "half.yaml", "--min", 1, "-o", "deep/new.yaml", cwd=home)
    assert elsewhere.returncode == 2
    assert "would not find" in elsewhere.stderr
    assert run("pack", "half.yaml", "--min", 1, cwd=home).returncode == 0
    assert (home / "w.safetensors").read_bytes() == content
    assert nnspec.load(home / "half.yaml")(a=0, b=0, c=0) == {"out.0": 1.0, "out.1": 2.0}


def test_a_spec_that_cannot_be_written_leaves_no_weight_file(home):
    (home / "new.yaml").mkdir()
    refused = run("pack", "s.yaml", "-o", "new.yaml", "--min", 1, "--force", cwd=home)
    assert refused.returncode == 2
    assert held(home) == ["new.yaml", "s.yaml"]


def test_a_broken_spec_is_not_packed(home):
    (home / "s.yaml").write_text(INLINE.replace("size: 2", "size: 3"))
    refused = run("pack", "s.yaml", "--min", 1, cwd=home)
    assert refused.returncode == 1
    assert "NS502" in refused.stderr
    assert run("pack", "-", cwd=home).returncode == 2


def test_the_verbs_take_a_spec_with_files(home):
    run("pack", "s.yaml", "--min", 1, "--force", cwd=home)
    (home / "t.csv").write_text("a,b,c\n1,2,3\n")
    assert run("eval", "s.yaml", "t.csv", cwd=home).stdout == "out.0,out.1\n14.1,32.0\n"
    shown = run("show", "s.yaml", "--matrices", cwd=home).stdout
    assert "weights of s.safetensors" in shown
    assert "6 synapses" in shown
    given_as_text = subprocess.run(
        [sys.executable, "-m", "nnspec", "validate", "-"], cwd=home,
        input=(home / "s.yaml").read_bytes(), capture_output=True, check=False,
    )  # fmt: skip
    assert given_as_text.returncode == 1
    assert b"NS602" in given_as_text.stdout


# -- counting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aggregation", "expected"), [("sum", 2), ("max", 4), ("mean", 4), ("distance", 4)]
)
def test_a_weight_of_0_is_a_synapse_where_it_counts(aggregation, expected):
    layer = BulkLayer("o", 2, ("a", "b"), DenseWeights(((0, 1), (2, 0))), aggregation=aggregation)
    network = Network(NetworkSpec("n", (Input("a"), Input("b")), (layer,)))
    assert network.compiled.n_synapses == expected


def test_check_file_takes_the_spec_s_own_folder(home):
    (home / "deep").mkdir()
    np.save(home / "deep" / "w.npy", WEIGHTS)
    (home / "deep" / "s.yaml").write_text(spec_of("{file: w.npy}"))
    assert check_file(home / "deep" / "s.yaml").ok
    assert check_file(os.path.relpath(home / "deep" / "s.yaml")).ok


@pytest.mark.parametrize("kind", ["float32", "int32", "bool", "<U1"])
def test_tensors_of_another_type_are_not_written(kind: str) -> None:
    with pytest.raises(ValueError, match="'w' must be float64 or int64"):
        write_safetensors(io.BytesIO(), {"w": np.zeros(3, kind)})


@pytest.mark.parametrize("fails_at", [0, 1, 2])
@pytest.mark.parametrize("existing", [(), ("a",), ("b",), ("a", "b")])
def test_files_that_belong_together_are_replaced_together_or_not_at_all(
    tmp_path, monkeypatch, fails_at, existing
):
    for name in existing:
        (tmp_path / name).write_bytes(f"old {name}".encode())
    before = {name: (tmp_path / name).read_bytes() for name in existing}
    commits: list[str] = []
    commit = FileTarget.commit

    def failing(target: FileTarget) -> None:
        if len(commits) == fails_at:
            raise OutputError("no space left")
        commits.append(target.name)
        commit(target)

    monkeypatch.setattr(FileTarget, "commit", failing)
    files = [(str(tmp_path / name), f"new {name}".encode()) for name in ("a", "b")]
    if fails_at < len(files):
        with pytest.raises(OutputError):
            write_together(files)
    else:
        write_together(files)
        before = {"a": b"new a", "b": b"new b"}
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
