"""A device reached with the system's ssh: a temporary folder there, and a runner that answers.

One connection carries everything. The remote shell makes the folder, starts the runner in it, and
removes the folder when the runner ends: at its end, after an error, or when the connection is cut.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from idsbench.errors import CellError
from idsbench.untrusted import parse
from idsbench_devices import remote_runner
from idsbench_devices.wire import Wire, WireError

GREETING = b"idsbench-runner 1"
CONNECT_S, PATIENCE_S = 10, 600.0
MOST_LINE, MOST_GREETINGS = 1 << 16, 100
OPTIONS = {
    "BatchMode": "yes",
    "StrictHostKeyChecking": "yes",
    "ConnectTimeout": str(CONNECT_S),
    "ConnectionAttempts": "1",
    "ServerAliveInterval": "5",
    "ServerAliveCountMax": "3",
    "ClearAllForwardings": "yes",
    "ForwardAgent": "no",
    "ForwardX11": "no",
    "PermitLocalCommand": "no",
    "ControlMaster": "no",
    "ControlPath": "none",
    "EscapeChar": "none",
    "RequestTTY": "no",
    "LogLevel": "ERROR",
}
# Only the name of the Python is put into it; `Device` lets no character of the shell's through.
SCRIPT = (
    "exec sh -c 'umask 077; p=$(command -v {python}) || exit 74; "
    'case "$p" in /*) ;; *) p="$PWD/$p" ;; esac; d=$(mktemp -d) || exit 73; '
    'trap "rm -rf \\"$d\\"" EXIT; trap "exit 1" HUP INT TERM PIPE; cd "$d" || exit 73; '
    '"$p" -c "import sys; r = sys.stdin.buffer; exec(r.read(int(r.readline())))"\''
)
NO_FOLDER, NO_PYTHON = 73, 74
INSTALL: Mapping[str, str] = MappingProxyType(
    {
        "onnx": "pip install onnxruntime there, or use edge-ssh[runtime=c]",
        "litert": "pip install ai-edge-litert there, or where that has no build "
        "pip install tflite-runtime 'numpy<2'",
    }
)


@dataclass(frozen=True)
class Device:
    """Where ssh connects to, as the user named it; every text was checked.

    Args:
        host: a name, an address, or a Host of the user's ssh configuration.
        port, user: None for what the configuration says.
        python: the device's Python.
        config: an ssh configuration file; None for the user's own.
    """

    host: str
    port: int | None
    user: str | None
    python: str
    config: str | None

    def command(self) -> list[str]:
        """Give the words that start ssh."""
        words = ["ssh", "-T", "-x", "-a"]
        words += ["-F", self.config] if self.config else []
        for name, value in OPTIONS.items():
            words += ["-o", f"{name}={value}"]
        words += ["-p", str(self.port)] if self.port is not None else []
        words += ["-l", self.user] if self.user is not None else []
        return [*words, "--", self.host, SCRIPT.format(python=self.python)]


class Session:
    """A runner on a device, with the artifact's files beside it.

    Args:
        device: where.

    Raises:
        CellError: the device cannot be reached or used.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        try:
            self._wire = Wire(device.command(), PATIENCE_S)
        except OSError as error:
            raise CellError(f"edge-ssh cannot start ssh: {error.strerror}") from error
        # A run may drop a session anywhere; its folder on the device must go all the same.
        self.close = weakref.finalize(self, self._wire.end)
        source = Path(remote_runner.__file__).read_bytes()
        try:
            self._wire.send(f"{len(source)}\n".encode() + source)
            for _ in range(MOST_GREETINGS):  # a login script may greet first
                if self._wire.line(MOST_LINE).strip() == GREETING:
                    return
            raise WireError("it does not stop greeting")
        except WireError as error:
            raise self._failed(error) from error

    def put(self, path: Path) -> None:
        """Copy a file into the device's folder.

        Raises:
            CellError: it cannot be written there, or the connection is cut.
        """
        self.ask({"do": "file", "name": path.name}, path.read_bytes(), 0)

    def ask(
        self, request: Mapping[str, Any], data: bytes, expected: int
    ) -> tuple[Mapping[str, Any], bytes]:
        """Send a request; give the answer's keys and bytes.

        Args:
            request: JSON.
            data: what goes with it.
            expected: how many bytes the answer must have.

        Raises:
            CellError: the device says that it failed, or nothing that can be read.
        """
        head = json.dumps({**request, "bytes": len(data)}).encode()
        try:
            self._wire.send(head + b"\n" + data)
            said = parse(self._wire.line(MOST_LINE))
            if not isinstance(said, dict) or type(said.get("bytes")) is not int:
                raise WireError("its answer is not what the runner gives")
            if said.get("ok") is not True:
                raise self._refused(said, request)
            if said["bytes"] != expected:
                raise WireError(f"it answers {said['bytes']} bytes where {expected} are due")
            return said, self._wire.exactly(expected)
        except WireError as error:
            raise self._failed(error) from error
        except (ValueError, RecursionError) as error:
            raise self._failed(WireError("its answer is not JSON")) from error

    def _refused(self, said: Mapping[str, Any], request: Mapping[str, Any]) -> CellError:
        self.close()
        kind, text = plain(said.get("kind")), plain(said.get("error"))
        host = self._device.host
        advice = INSTALL.get(str(request.get("runtime")))
        if advice and kind in ("ModuleNotFoundError", "ImportError"):
            return CellError(
                f"{host}: its {self._device.python} cannot import what edge-ssh needs ({text}): "
                f"{advice}"
            )
        doing = {"file": "copying the artifact", "open": "loading the artifact"}
        what = doing.get(request["do"], "running it")
        return CellError(f"{host}: {what} failed there: {kind}: {text}")

    def _failed(self, error: WireError) -> CellError:
        code = self.close()
        host, python = self._device.host, self._device.python
        if code == NO_PYTHON:
            return CellError(
                f"{host} has no {python}: install it there, or name another with edge-ssh[python=…]"
            )
        if code == NO_FOLDER:
            return CellError(f"{host} cannot make a temporary folder: is its disk full?")
        last = [line for line in self._wire.errors.splitlines() if line.strip()]
        why = f" ({plain(last[-1])})" if last else ""
        if "key verification failed" in self._wire.errors:
            return CellError(
                f"{host}: its host key is unknown or has changed: connect once with ssh, compare "
                "the fingerprint, then run again"
            )
        if code == 255:
            return CellError(f"{host} cannot be reached by ssh, or was cut off{why}")
        return CellError(f"{host} gives no usable answer: {error}{why}")


def plain(value: object, most: int = 200) -> str:
    """Give a stranger's text as one short line without control characters.

    >>> plain("a\\x1b[31m\\nb"), plain(None), plain("x" * 300) == "x" * 200
    ('a [31m b', '', True)
    """
    text = value if isinstance(value, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())[:most]


def texts(found: Mapping[str, Any], keys: Sequence[str]) -> dict[str, str]:
    """Give a stranger's values as short texts, those that are named and there."""
    return {key: plain(str(found[key]), 120) for key in keys if found.get(key) not in (None, "")}
