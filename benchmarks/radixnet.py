"""RadiX-Nets of the Sparse Deep Neural Network Graph Challenge's shape, as specs with weight files.

Robinett, Kepner (2019), RadiX-Net: structured sparse matrices for deep neural networks,
arXiv:1905.00416; Kepner and others (2019), Sparse deep neural network graph challenge,
doi:10.1109/HPEC.2019.8916336.

A layer of stride s joins neuron j to the sources j, j - s, … j - 31 s, modulo the number of
neurons. The strides go round the places of a mixed-radix number, so that after one round every
neuron hangs on every input: 1, 32 for 1024 = 32 · 32. Since 4096 is no power of 32, its strides
1, 32, 128 overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnspec.weights.safetensors import write_safetensors

FAN_IN = 32
WEIGHT = 1 / 16


@dataclass(frozen=True)
class RadixNet:
    """A network: how many neurons a layer has, the strides that its layers take in turn, the bias.

    Outputs are held between 0 and ``ceiling``. ``shuffled`` numbers the neurons of every layer at
    random, which hides the strides.
    """

    n_neurons: int
    strides: tuple[int, ...]
    bias: float
    n_layers: int = 120
    ceiling: float = 32.0
    shuffled: bool = False

    @property
    def name(self) -> str:
        """What it is called in the results."""
        return f"{self.n_neurons} x {self.n_layers}{' shuffled' if self.shuffled else ''}"

    @property
    def n_synapses(self) -> int:
        """Synapses of a layer."""
        return self.n_neurons * FAN_IN

    @property
    def indptr(self) -> Any:
        """Where each neuron's synapses begin."""
        return np.arange(0, self.n_synapses + 1, FAN_IN, dtype=np.int32)

    def sources(self) -> list[Any]:
        """By layer, the sources of each neuron, rising: shape (n_neurons, 32)."""
        generator = np.random.default_rng(1)
        places = np.arange(self.n_neurons)  # of the neurons that the layer before calls 0, 1, 2, …
        found = []
        for layer in range(self.n_layers):
            steps = np.arange(FAN_IN) * self.strides[layer % len(self.strides)]
            sources = (np.arange(self.n_neurons)[:, None] - steps) % self.n_neurons
            if self.shuffled:
                sources = places[sources]
                order = generator.permutation(self.n_neurons)
                sources, places = sources[order], np.argsort(order)
            found.append(np.sort(sources, axis=1).astype(np.int32))
        return found

    def write(self, folder: Path) -> Path:
        """Write the spec and its weight file; where the spec is."""
        tensors: dict[str, Any] = {}
        for i, sources in enumerate(self.sources()):
            tensors[f"layer{i}.data"] = np.full(self.n_synapses, WEIGHT)
            tensors[f"layer{i}.indices"] = sources.ravel().astype(np.int64)
            tensors[f"layer{i}.indptr"] = self.indptr.astype(np.int64)
        with (folder / "weights.safetensors").open("wb") as file:
            write_safetensors(file, tensors)
        spec = folder / "network.yaml"
        spec.write_text("\n".join(self._lines()) + "\n", encoding="utf-8")
        return spec

    def _lines(self) -> list[str]:
        pixels = [f"p{i}" for i in range(self.n_neurons)]
        lines = ["nnspec: 1", "name: radixnet", "inputs:", *[f"  {p}: {{}}" for p in pixels]]
        lines.append("layers:")
        source = ", ".join(pixels)
        for i in range(self.n_layers):
            lines += [
                f"  - name: layer{i}",
                f"    size: {self.n_neurons}",
                f"    from: [{source}]",
                f"    weights: {{file: weights.safetensors, tensor: layer{i}}}",
                f"    bias: {self.bias}",
                f"    activation: {{clip: {{low: 0, high: {self.ceiling:g}}}}}",
            ]
            source = f"layer{i}"
        return lines


def digits(n_pixels: int, n_rows: int) -> Any:
    """Handwritten digits as black and white images of so many pixels: shape (n_rows, n_pixels).

    scikit-learn's 1797 images of 8 × 8, enlarged, and shifted by a pixel whenever they begin anew.
    """
    from sklearn.datasets import load_digits

    side = int(np.sqrt(n_pixels))
    images = load_digits().images > 7
    large = images.repeat(side // 8, axis=1).repeat(side // 8, axis=2)
    rounds = range(-(-n_rows // len(large)))
    rows = np.concatenate([np.roll(large, shift, axis=2) for shift in rounds])[:n_rows]
    return rows.reshape(n_rows, n_pixels).astype(np.float32)
