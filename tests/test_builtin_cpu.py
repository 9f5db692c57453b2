"""The machine at hand hosts every model as it is, on the threads it was given."""

from __future__ import annotations

from pathlib import Path

from idsbench.builtin.cpu import Cpu


class Restorable:
    """A model that remembers what it was restored from."""

    restored: tuple = ()

    def restore(self, folder: Path, threads: int) -> None:
        self.restored = (folder, threads)


def test_every_machine_has_it_and_no_model_is_refused():
    assert Cpu(threads=1).absence() == ""
    assert Cpu(threads=1).refusal("any", ()) == ""


def test_the_model_is_opened_with_the_targets_threads(tmp_path):
    model = Restorable()
    assert Cpu(threads=3).open(model, tmp_path) is model
    assert model.restored == (tmp_path, 3)
    assert Cpu(threads=3).threads == 3
