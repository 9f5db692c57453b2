"""What is written as C: a folder with all that a C99 compiler needs to build a model's program."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from idsbench.errors import CellSkipped
from idsbench_devices.literals import array, number
from idsbench_devices.network import MULTIPLIES, Forest, Layer, Layers, Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARED = ("main.c", "score.h", "link.h")
MODEL = "model.c"
LEAF = 0xFFFF
EMLEARN = {
    "layers.c": ("eml_net.h", "eml_net_common.h", "eml_common.h", "eml_log.h"),
    "forest16.c": ("eml_trees.h", "eml_common.h", "eml_log.h"),
}
"""The headers of emlearn (MIT licence) that an engine includes; copied, so that a device needs none."""


def write_source(model: Forest | Layers, dtype: str, rows: NDArray[np.float32], out: Path) -> None:
    """Write `main.c`, `model.c` and the headers that they include into a folder.

    Args:
        model: what was learned.
        dtype: float, or int16 for trees.
        rows: (m, d) training rows; int16 takes each column's range from them.
        out: an empty folder.

    Raises:
        CellSkipped: this model has no such form.
    """
    if model.columns >= LEAF:
        raise CellSkipped(
            f"edge-c has rows of up to {LEAF - 1} numbers, and this model's have more"
        )
    if isinstance(model, Layers):
        if dtype != "float":
            raise CellSkipped(MULTIPLIES)
        engine, numbers = "layers.c", _network(model)
    elif dtype == "float":
        engine, numbers = "forest.c", _forest(model)
    else:
        # emlearn is needed for nothing else that trees ask for, and takes time to import.
        from idsbench_devices.quantised import quantised

        engine, numbers = "forest16.c", quantised(model, rows)
    for name in EMLEARN.get(engine, ()):
        shutil.copyfile(_emlearn_folder() / name, out / name)
    for name in SHARED:
        (out / name).write_text(_text(name), encoding="ascii")
    (out / MODEL).write_text(_text(engine), encoding="ascii")
    (out / "model.h").write_text(numbers, encoding="ascii")
    shape = f"#define COLUMNS {model.columns}\n#define SCORES {model.outputs}\n"
    if engine == "forest.c":
        shape += f"#define RIGHT {_right_type(model.trees)}\n"  # type: ignore[union-attr]
    (out / "shape.h").write_text(shape, encoding="ascii")


def _emlearn_folder() -> Path:
    """Give where emlearn's headers are, without importing it."""
    found = importlib.util.find_spec("emlearn")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("No module named 'emlearn'", name="emlearn")
    return Path(next(iter(found.submodule_search_locations)))


def _text(name: str) -> str:
    return (resources.files("idsbench_devices") / "c" / name).read_text(encoding="ascii")


def _right_type(trees: Sequence[Tree]) -> str:
    """Give the smallest type for the steps to a right child, or for a leaf's row of values."""
    steps = max(int((tree.right - np.arange(len(tree.right))).max()) for tree in trees)
    leaves = (
        sum(int((tree.feature < 0).sum()) for tree in trees) if len(trees[0].value[0]) > 1 else 0
    )
    return "uint16_t" if max(steps, leaves) <= 0xFFFF else "uint32_t"


def _forest(model: Forest) -> str:
    nodes: list[str] = []
    roots: list[int] = []
    leaves: dict[tuple[str, ...], int] = {}
    for tree in model.trees:
        roots.append(len(nodes))
        for place, column in enumerate(tree.feature):
            if column >= 0:
                step = tree.right[place] - place
                nodes.append(f"{{{number(tree.threshold[place])}, {column}, {step}}}")
            elif model.outputs == 1:
                nodes.append(f"{{{number(tree.value[place, 0])}, {LEAF}, 0}}")
            else:
                row = tuple(number(value) for value in tree.value[place])
                nodes.append(f"{{0.0f, {LEAF}, {leaves.setdefault(row, len(leaves))}}}")
    parts = [
        f"#define TREES {len(roots)}\n#define LINK(x, n) {_LINKS[model.link]}\n",
        f"static const Node nodes[{len(nodes)}] = {{\n" + ",\n".join(nodes) + "\n};\n",
        f"static const uint32_t roots[TREES] = {{{', '.join(map(str, roots))}}};\n",
        array("start", model.start),
    ]
    if leaves:
        rows = ",\n".join("{" + ", ".join(row) + "}" for row in leaves)
        parts.append(f"static const float leaves[{len(leaves)}][SCORES] = {{\n{rows}\n}};\n")
    return "".join(parts)


_LINKS = {"identity": "", "logistic": "logistic(x, n)", "softmax": "softmax(x, n)"}


def _network(model: Layers) -> str:
    layers = [layer for layer in model.layers if layer.kind != "flatten"]
    uses = sorted({_uses(layer.kind) for layer in layers})
    largest = max(model.columns, *(int(np.prod(layer.after)) for layer in layers))
    parts = [f"#define USES_{name}\n" for name in uses]
    parts.append(f"#define LAYERS {len(layers)}\n#define LARGEST {largest}\n")
    rows = []
    for place, layer in enumerate(layers):
        names = ["0", "0"]
        if layer.weight is not None and layer.bias is not None:
            names = [f"weight{place}", f"bias{place}"]
            parts += [array(names[0], layer.weight.ravel()), array(names[1], layer.bias)]
        rows.append(_row(layer, names))
    table = ",\n".join(rows)
    return "".join(parts) + f"static const Layer layers[LAYERS] = {{\n{table}\n}};\n"


def _uses(kind: str) -> str:
    return kind.partition("_")[0].upper()


def _row(layer: Layer, names: Sequence[str]) -> str:
    groups = (layer.before, layer.after, layer.window, layer.stride, layer.border)
    numbers = ", ".join("{" + ", ".join(map(str, group)) + "}" for group in groups)
    return f"{{{layer.kind.upper()}, {numbers}, {names[0]}, {names[1]}}}"
