"""The plan on a terminal: what all cells share is said once, reasons stand below."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from idsbench.dry_run import dry_run
from idsbench.run import Options
from idsbench.tables_fitted import UNLIMITED

WHY = "edge-onnx[precision=int8] has no form for what is made of trees: use precision=fp32"


def _cell(number, model, skip=None):
    named = {name: SimpleNamespace(text=f"{name}-x") for name in ("protocol", "sampler", "target")}
    return SimpleNamespace(
        **named,
        id=f"{number:016x}",
        source=SimpleNamespace(text="iotid20[stand-in]"),
        task="binary",
        featurizers=SimpleNamespace(text="table[scale=standard]"),
        model_text=model,
        seed=0,
        skip=skip,
        missing=None,
    )


PLAN = SimpleNamespace(
    cells=(_cell(1, "cnn[epochs=5]"), _cell(2, "random-forest", WHY), _cell(3, "tree", WHY))
)


@pytest.fixture
def shown(tmp_path):
    return lambda width: dry_run(PLAN, Options(tmp_path / "none"), "table", width)


def test_a_narrow_terminal_shows_what_differs_and_the_reasons_below(shown):
    assert shown(80).split("\n") == [
        "All cells: dataset iotid20[stand-in], task binary, protocol protocol-x, sampler",
        "  sampler-x, featurizer table[scale=standard], target target-x, seed 0.",
        "",
        "cell              model          state",
        "----------------  -------------  -------",
        "0000000000000001  cnn[epochs=5]  run",
        "0000000000000002  random-forest  skip",
        "0000000000000003  tree           skip",
        "",
        "0000000000000002, 0000000000000003: edge-onnx[precision=int8] has no form for",
        "  what is made of trees: use precision=fp32",
    ]


def test_without_a_terminal_the_plan_is_one_whole_table(shown):
    header, _, *rows = shown(UNLIMITED).split("\n")
    assert header.split()[-2:] == ["state", "reason"]
    assert len(rows) == 3
    assert rows[1].endswith(WHY)
