"""The files of ``nnspec pack`` and ``nnspec unpack``: read once, written whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nnspec.cli.streams.output import write_together, write_whole
from nnspec.diagnostics import CannotError
from nnspec.diagnostics.limits import Limits
from nnspec.diagnostics.suggestions import counted, listed, quote
from nnspec.loading import check_bytes, read_limited, usable
from nnspec.packing import Packed, Unpacked
from nnspec.spec.model import NetworkSpec
from nnspec.weights.paths import path_fault
from nnspec.weights.safetensors import write_safetensors

MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class MovableSpec:
    """A spec as it was read: its path, its text, and what it says."""

    path: str
    text: str
    has_mark: bool
    spec: NetworkSpec

    @classmethod
    def read(cls, path: str, limits: Limits) -> MovableSpec:
        """Read and judge a spec; raises SpecError if it has errors."""
        if path == "-":
            raise CannotError("a spec from standard input has no folder; name a file")
        content = read_limited(path, limits)
        spec = usable(check_bytes(content, path, limits, Path(path).parent, warnings=False))
        return cls(path, content.decode("utf-8-sig"), content.startswith(MARK), spec)

    def encoded(self, text: str) -> bytes:
        """A new text of this spec as the bytes of a file."""
        return (MARK if self.has_mark else b"") + text.encode()

    def places(self, output: str | None, side_file: str | None) -> tuple[str, str]:
        """Where the new spec goes, and what it calls its weight file."""
        new = self.path if output is None else output
        stem = Path(new).name.removesuffix(".yaml").removesuffix(".yml").removesuffix(".nnspec")
        file = f"{stem}.safetensors" if side_file is None else side_file
        fault = path_fault(file)
        if fault is not None:
            message = f"the path {quote(file)} {fault}; it is taken from the new spec's folder"
            raise CannotError(message)
        if not file.lower().endswith(".safetensors"):
            raise CannotError(f"{quote(file)} must end in .safetensors, the format it will have")
        return new, file

    def check_others(self, new: str, file: str) -> None:
        """Refuse to write where a weight file that the spec names already would be lost."""
        others = {given.file for _, _, given in self.spec.weight_files()}
        old_folder, new_folder = Path(self.path).parent.resolve(), Path(new).parent.resolve()
        if others and old_folder != new_folder:
            raise CannotError(
                f"{self.path} takes weights from {listed(map(quote, others))} already, which the "
                "new spec would not find; write it into the same folder, or unpack first"
            )
        if (new_folder / file).resolve() in {(old_folder / other).resolve() for other in others}:
            raise CannotError(f"{self.path} takes weights from {quote(file)} already; --file names "
                              "another file for the rest")  # fmt: skip


def save_packed(
    source: MovableSpec, packed: Packed, new: str, file: str, *, force: bool
) -> Iterator[str]:
    """Write the weight file and the spec, both or neither; yield what was done."""
    source.check_others(new, file)
    side = Path(new).parent / file
    if not side.parent.resolve().is_relative_to(Path(new).parent.resolve()):
        raise CannotError(f"{quote(file)} leads outside the new spec's folder")
    if not force:
        _refuse_existing(str(side))
        if not _is_same(source.path, new):
            _refuse_existing(new)
        elif packed.lost_comments:
            raise CannotError(
                f"{counted(packed.lost_comments, 'comment')} among the numbers of {source.path} "
                "would be lost; -o writes another spec, --force lets them go"
            )
    buffer = io.BytesIO()
    write_safetensors(buffer, packed.tensors)
    write_together([(str(side), buffer.getbuffer()), (new, source.encoded(packed.text))])
    yield f"wrote {side}: {listed(packed.moved, most=8)}"
    yield f"wrote {new}"
    if packed.lost_comments:
        yield f"without {counted(packed.lost_comments, 'comment')} that stood among the numbers"


def save_unpacked(source: MovableSpec, unpacked: Unpacked, new: str, *, force: bool) -> None:
    """Write the spec."""
    if not force and not _is_same(source.path, new):
        _refuse_existing(new)
    write_whole(new, source.encoded(unpacked.text))


def _is_same(one: str, other: str) -> bool:
    return Path(other).exists() and Path(one).samefile(other)


def _refuse_existing(path: str) -> None:
    if Path(path).exists():
        raise CannotError(f"{path} exists; --force overwrites it")
