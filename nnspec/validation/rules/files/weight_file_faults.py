"""Pages of the faults that are found in weight files when they are opened (NS603 to NS609)."""

from __future__ import annotations

from nnspec.validation.rule import Rule, found_by_reader

WEIGHT_FILE_FAULTS: tuple[Rule, ...] = (
    found_by_reader(
        "NS603",
        "weight-file-outside",
        "The path of a weight file that is absolute, has `..`, a backslash or a drive in it, "
        "begins with `~`, or is a link that leads out of the spec's folder; also a file that has "
        "a second name (a hard link), which may be in another folder.",
        "A spec from a stranger must not read what else is on the machine, and a spec that leaves "
        "its folder works on one machine only.",
        "weights: {file: ../shared/w.npy}",
        "weights: {file: w.npy}",
    ),
    found_by_reader(
        "NS604",
        "weight-file-unreadable",
        "A weight file that is missing, may not be read, or is no regular file: a folder, a pipe, "
        "a device.",
        "Without its weights the spec is no network. A pipe or a device could keep the program "
        "waiting for ever.",
        "weights: {file: wights.npy}",
        "weights: {file: weights.npy}",
    ),
    found_by_reader(
        "NS605",
        "weight-file-damaged",
        "A weight file that is not exactly what its format says: cut short, too long, a header "
        "that lies about what follows, tensors that overlap, a name given twice; or a format "
        "other than safetensors and .npy.",
        "A number read from the wrong place is worse than none. Formats such as pickle can run "
        "code when they are read; nnspec reads none of them.",
        "weights: {file: model.pkl}",
        "weights: {file: model.safetensors, tensor: dense}",
    ),
    found_by_reader(
        "NS606",
        "unknown-tensor",
        "A tensor that the weight file does not hold, a `.safetensors` file without `tensor`, a "
        "`.npy` file with one, or a CSR matrix that lacks one of `NAME.data`, `NAME.indices` and "
        "`NAME.indptr`.",
        "nnspec does not guess which numbers are meant.",
        "weights: {file: w.safetensors}",
        "weights: {file: w.safetensors, tensor: dense}",
    ),
    found_by_reader(
        "NS607",
        "weight-file-shape",
        "An array of another shape than its layer's, (size, fan-in) or one bias for each neuron, "
        "or of another type than float64, float32, float16 or bfloat16 (int64 or int32 for the "
        "indices of a CSR matrix).",
        "Rows are the layer's neurons; columns are the units that `from` lists, in order. A "
        "matrix the other way round often fits by chance, and gives other numbers.",
        "{name: dense, size: 512, from: [area], weights: {file: one-row-of-512.npy}}",
        "Save the matrix as (size, fan-in), with `numpy.save('w.npy', weights.T)`.",
    ),
    found_by_reader(
        "NS608",
        "weight-file-not-finite",
        "A weight or bias in a file that is NaN or infinite.",
        "It makes every result that it reaches NaN or infinite. Such files come from a training "
        "that went astray, or a sum that overflowed.",
        "A file of weights with a NaN in it.",
        "Train or export the weights again.",
    ),
    found_by_reader(
        "NS609",
        "weight-file-sparse-order",
        "A CSR matrix whose `indptr` does not rise from 0 to the number of data, whose `indices` "
        "are not those of columns, or do not rise within each row.",
        "Each number is one synapse; it must join one neuron of the layer to one unit of `from`.",
        "A CSR matrix that gives one column of a row twice.",
        "Sort it and sum duplicates before saving; with SciPy, `matrix.sum_duplicates()`.",
    ),
)
