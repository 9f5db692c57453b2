"""Fitted models, and folders that programs were built in."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from idsbench.values import Batch

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1500, 5)).astype(np.float32)
LEARNED = 500


@pytest.fixture(scope="session")
def rows() -> np.ndarray:
    """Rows, of which models learn from the first 500."""
    return X


@pytest.fixture(scope="session")
def gcc() -> None:
    """Skip where there is no compiler."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")


@pytest.fixture(scope="session")
def fitted():
    """Give a fitted model of a class, for so many classes of rows."""

    def fit(build, classes: int = 2):
        noisy = X[:, 0] + 0.5 * X[:, 1] * X[:, 2] + 0.3 * RNG.normal(size=len(X))
        y = np.digitize(noisy, np.linspace(-0.5, 0.5, classes - 1)).astype(np.int16)
        batch = Batch(X[:LEARNED], y[:LEARNED])
        model = build()
        model.fit(batch, batch, np.random.default_rng(1), lambda state: None)
        return model

    return fit


@pytest.fixture
def uncounted(monkeypatch) -> None:
    """Count no instructions: valgrind takes longer than all else."""
    monkeypatch.setattr(
        "idsbench_devices.c_target.count_instructions", lambda program, rows: (None, "not asked")
    )


@pytest.fixture(scope="session")
def device(tmp_path_factory):
    """An sshd on the loopback address: `config` names its Hosts, `remote` is its temporary folder."""
    found = importlib.util.spec_from_file_location(
        "loopback", Path(__file__).parent / "loopback.py"
    )
    loopback = importlib.util.module_from_spec(found)
    found.loader.exec_module(loopback)
    missing = [name for name in ("ssh", "ssh-keygen") if shutil.which(name) is None]
    if missing or loopback.SSHD is None:
        pytest.skip(
            f"{' and '.join(missing) or 'sshd'} is not installed: apt-get install openssh-server"
        )
    folder = tmp_path_factory.mktemp("device")
    with loopback.serving(folder) as (config, server):
        yield SimpleNamespace(
            config=str(config),
            remote=folder / "remote",
            server=server,
            answers=lambda said: loopback.answers(folder, said),
        )
