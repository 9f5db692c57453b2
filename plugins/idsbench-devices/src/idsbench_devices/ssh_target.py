"""A device of the user's, reached by ssh: the artifact is copied there, run there and timed there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import numpy as np

from idsbench.contracts import Exporting, Model
from idsbench.errors import CellSkipped, RequestError
from idsbench.rowstore import write_json
from idsbench_devices.c_target import FILE, FORMAT, without_c, write_model
from idsbench_devices.remote_scorer import ABOUT, RemoteScorer
from idsbench_devices.ssh_session import PATIENCE_S, Device

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMATS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("onnx", "fp32"): FORMAT,
        ("onnx", "int8"): FORMAT,  # quantised after the export
        ("litert", "fp32"): "litert",
        ("litert", "fp16"): "litert-fp16",
        ("litert", "int8"): "litert-int8",
        ("c", "fp32"): FORMAT,  # of which the C is written
    }
)
"""What a model must export, by runtime and precision; there are no others."""
PATTERNS = {
    "host": (r"[A-Za-z0-9][A-Za-z0-9._:-]{0,252}", "a name or an address"),
    "user": (r"[A-Za-z_][A-Za-z0-9._-]{0,63}", "a user's name"),
    "python": (r"[A-Za-z0-9/._~][A-Za-z0-9/._+-]{0,252}", "a program's name or path"),
    "config": (r"[^-\x00-\x1f][^\x00-\x1f]*", "a file's path"),
}


class SshTarget:
    """Hosts models that export ONNX or LiteRT files, in a runtime there or as C compiled there.

    Args:
        host: a name, an address, or a Host of the user's ssh configuration.
        port, user, config: None for what ssh's configuration says.
        runtime: onnx, litert or c.
        python: the device's Python, which runs the runner.
        threads: of the device's runtime.
        precision: fp32, fp16 or int8.
        memory_mb: most memory there, of the runner with its runtime or of the C program.

    Raises:
        RequestError: a text that ssh or a shell could take for something else, or, where a host is
            named, a precision that the runtime has not.
    """

    own_program = True  # its memory is the device's
    loading_s = PATIENCE_S  # a slow line takes its time; a silent one is given up there

    def __init__(
        self,
        host: str | None,
        port: int | None,
        user: str | None,
        runtime: str,
        python: str,
        config: str | None,
        threads: int,
        precision: str = "fp32",
        memory_mb: float | None = None,
    ) -> None:
        given = {"host": host, "user": user, "python": python, "config": config}
        problems = [
            f"edge-ssh[{name}={text!r}]: expected {PATTERNS[name][1]}"
            for name, text in given.items()
            if text is not None and not re.fullmatch(PATTERNS[name][0], text)
        ]
        self.runtime, self.threads, self.precision = runtime, threads, precision
        self.memory_mb = memory_mb  # the runner holds what the device reports against it
        if host and (missing := self._missing()):  # `show` asks without a host, and is answered
            problems.append(missing)
        if problems:
            raise RequestError(problems)
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
        """Refuse what has no such form; name the other runtime where the model has its format."""
        if missing := self._missing():
            return missing
        form, asked = FORMATS[self.runtime, self.precision], self._asked()
        if self.runtime == "c" and FORMAT in formats:
            return without_c(model, formats)
        if form != FORMAT:
            if form in formats:
                return ""
            refused = f"the model '{model}' does not export {form}, which {asked} copies"
            other = ": use edge-ssh[runtime=onnx]" if FORMAT in formats else ""
            return f"{refused} to the device{other}"
        if FORMAT not in formats:
            return f"the model '{model}' does not export ONNX, which edge-ssh copies to the device"
        if self.precision == "int8":
            return _whole(model, formats)
        return ""

    def deploy(self, model: Model, out: Path, rows: NDArray[np.float32]) -> None:
        """Write what the device gets into `out`, in bytes calibrated on rows (m, ...).

        The device is not asked.

        Raises:
            CellSkipped: the model has no such form.
        """
        link = ""
        if self.runtime == "c":
            _, link = write_model(model, "float", rows, out)
        else:
            cast(Exporting, model).export(FORMATS[self.runtime, self.precision], out, rows)
        if (self.runtime, self.precision) == ("onnx", "int8"):
            _quantise(out / FILE, rows)
        outputs = int(np.prod(np.asarray(model.scores(rows[:1])).shape[1:], dtype=int))
        write_json(out / ABOUT, {"runtime": self.runtime, "outputs": outputs, "link": link})

    def open(self, model: Model | None, artifact: Path) -> RemoteScorer:
        """Copy the artifact to the device and load it there.

        Raises:
            CellError: the device cannot be reached or used.
        """
        return RemoteScorer(self._device, artifact, self.threads)

    def _asked(self) -> str:
        return f"edge-ssh[runtime={self.runtime},precision={self.precision}]"

    def _missing(self) -> str:
        """Say that the runtime has no such precision, or nothing."""
        if (self.runtime, self.precision) in FORMATS:
            return ""
        there = [precision for runtime, precision in FORMATS if runtime == self.runtime]
        return f"{self._asked()}: runtime={self.runtime} has precision={' or '.join(there)} only"


def _quantise(path: Path, rows: NDArray[np.float32]) -> None:
    # Quantising needs libraries that planning does not.
    from idsbench_edge.onnx_int8 import quantise

    try:
        quantise(path, rows)
    except CellSkipped as error:  # what it advises is another target
        raise CellSkipped(str(error).replace("edge-onnx[", "edge-ssh[")) from error


def _whole(model: str, formats: tuple[str, ...]) -> str:
    """Say why what has an operator of its own in ONNX has no int8 form, or nothing."""
    from idsbench_edge.onnx_target import QUANTISED, WHOLE

    words = next((words for kind, words in WHOLE.items() if kind in formats), None)
    if words is None:
        return ""
    return (
        f"edge-ssh[precision=int8] applies to {', '.join(QUANTISED)} and the model '{model}' is "
        f"{words}, whose numbers stay in single precision: use edge-ssh[precision=fp32]"
    )
