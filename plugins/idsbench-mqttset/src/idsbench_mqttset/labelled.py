"""Reads the 34-column layouts: 33 features and a target in every row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from idsbench.reading import read_csv
from idsbench.values import Table
from idsbench_mqttset.features import Block, empty_note, join_blocks, take_block
from idsbench_mqttset.labels import target_codes, task_labels
from idsbench_mqttset.schema import TARGET, labelled_columns


def load_labelled(files: tuple[Path, ...], names: tuple[str, ...], flags: tuple[str, ...]) -> Table:
    """Read 34-column files into one table, in order; these files have no group and no time.

    Raises:
        DataError: the content is not what the layout promises.
    """
    blocks: list[Block] = []
    codes: list[NDArray[np.int16]] = []
    for file in files:
        frame = read_csv(file, labelled_columns())
        codes.append(target_codes(frame.drop_in_place(TARGET), file))
        blocks.append(take_block(frame, names, file))
    labels = task_labels(np.concatenate(codes), files)
    x, empty = join_blocks(blocks, names)
    return Table(
        x=x,
        columns=names,
        labels=labels,
        attack=labels["category"],
        notes=empty_note(empty),
        flags=flags,
    )
