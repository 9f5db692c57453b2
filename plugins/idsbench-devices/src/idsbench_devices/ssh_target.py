"""A device of the user's, reached by ssh: the artifact is copied there, run there and timed there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from idsbench.contracts import Exporting, Model
from idsbench.errors import RequestError
from idsbench.rowstore import write_json
from idsbench_devices.c_target import FORMAT, write_model
from idsbench_devices.remote_scorer import ABOUT, RemoteScorer
from idsbench_devices.ssh_session import Device

if TYPE_CHECKING:
    from numpy.typing import NDArray

PATTERNS = {
    "host": (r"[A-Za-z0-9][A-Za-z0-9._:-]{0,252}", "a name or an address"),
    "user": (r"[A-Za-z_][A-Za-z0-9._-]{0,63}", "a user's name"),
    "python": (r"[A-Za-z0-9/._~][A-Za-z0-9/._+-]{0,252}", "a program's name or path"),
    "config": (r"[^-\x00-\x1f][^\x00-\x1f]*", "a file's path"),
}


class SshTarget:
    """Hosts models that export ONNX: with the device's onnxruntime, or as C compiled there.

    Args:
        host: a name, an address, or a Host of the user's ssh configuration.
        port, user, config: None for what ssh's configuration says.
        runtime: onnx or c.
        python: the device's Python, which runs the runner.
        threads: of the device's onnxruntime.

    Raises:
        RequestError: a text that ssh or a shell could take for something else.
    """

    def __init__(
        self,
        host: str | None,
        port: int | None,
        user: str | None,
        runtime: str,
        python: str,
        config: str | None,
        threads: int,
    ) -> None:
        given = {"host": host, "user": user, "python": python, "config": config}
        problems = [
            f"edge-ssh[{name}={text!r}]: expected {PATTERNS[name][1]}"
            for name, text in given.items()
            if text is not None and not re.fullmatch(PATTERNS[name][0], text)
        ]
        if problems:
            raise RequestError(problems)
        self.runtime, self.threads = runtime, threads
        self._device = Device(host or "", port, user, python, config)

    def absence(self) -> str:
        """Say that no device was named, or that there is no ssh."""
        if not self._device.host:
            return "edge-ssh needs a device: name one with edge-ssh[host=NAME]"
        if shutil.which("ssh") is None:
            return (
                "edge-ssh needs ssh, which is not on this machine: apt-get install openssh-client"
            )
        return ""

    def refusal(self, model: str, formats: tuple[str, ...]) -> str:
        """Refuse what has no ONNX form."""
        if FORMAT in formats:
            return ""
        return f"the model '{model}' does not export ONNX, which edge-ssh copies to the device"

    def deploy(self, model: Model, out: Path, rows: NDArray[np.float32]) -> None:
        """Write what the device gets into `out`; the device is not asked.

        Raises:
            CellSkipped: the model has no such form.
        """
        if self.runtime == "c":
            write_model(model, "float", rows, out)
        else:
            cast(Exporting, model).export(FORMAT, out, rows)
        outputs = int(np.prod(np.asarray(model.scores(rows[:1])).shape[1:], dtype=int))
        write_json(out / ABOUT, {"runtime": self.runtime, "outputs": outputs})

    def open(self, model: Model | None, artifact: Path) -> RemoteScorer:
        """Copy the artifact to the device and load it there.

        Raises:
            CellError: the device cannot be reached or used.
        """
        return RemoteScorer(self._device, artifact, self.threads)
