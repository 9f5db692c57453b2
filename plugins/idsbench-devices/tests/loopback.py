"""An sshd of this machine on the loopback address, with a key for each kind of trouble."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin:" + os.environ.get("PATH", ""))
# What a key's forced command does in place of the one that was asked for.
TROUBLES = {
    "fine": "",
    "garbage": "head -c 300000 /dev/zero",
    "endless": "yes hello",
    "silent": "sleep 20",
    "small": 'ulimit -f 4; eval "$SSH_ORIGINAL_COMMAND"',
    "chatty": 'echo "Welcome to the device"; eval "$SSH_ORIGINAL_COMMAND"',
    "no-folder": 'TMPDIR=/nowhere; export TMPDIR; eval "$SSH_ORIGINAL_COMMAND"',
    "no-library": 'PYTHONPATH={empty}; export PYTHONPATH; eval "$SSH_ORIGINAL_COMMAND"',
    "liar": "exec {python} {liar}",
}
LIAR = """
import json, sys
sys.stdin.buffer.read(int(sys.stdin.buffer.readline()))
print("idsbench-runner 1", flush=True)
for said in {answers}:
    line = sys.stdin.buffer.readline()
    sys.stdin.buffer.read(json.loads(line)["bytes"])
    print(said, flush=True)
"""


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Path, int]]:
    """Run an sshd with keys of its own; give its id, and a configuration with a Host for each trouble.

    `folder` gets the folder `remote`, in which the device makes its temporary ones.
    """
    (folder / "remote").mkdir()
    (folder / "empty").mkdir()
    for name in ("onnxruntime", "ai_edge_litert", "tflite_runtime"):
        text = f"raise ImportError('no {name} here')\n"
        (folder / "empty" / f"{name}.py").write_text(text)
    for name in ("host", "other", *TROUBLES):
        _key(folder / name)
    port = _free_port()
    (folder / "sshd_config").write_text(_server(folder, port))
    (folder / "authorized").write_text(_authorized(folder))
    known = (folder / "host.pub").read_text()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {known}")
    wrong = (folder / "other.pub").read_text()
    (folder / "known-wrong").write_text(f"[127.0.0.1]:{port} {wrong}")
    (folder / "known-none").write_text("")
    (folder / "config").write_text(_client(folder, port))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd of Debian asks for it
    log = (folder / "sshd.log").open("wb")
    server = subprocess.Popen(
        [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log
    )
    try:
        _await(port, server, folder)
        yield folder / "config", server.pid
    finally:
        server.terminate()
        server.wait(10)
        log.close()


def answers(folder: Path, said: list[str]) -> None:
    """Set what the device `liar` answers to each request."""
    (folder / "liar.py").write_text(LIAR.format(answers=said))


def _key(path: Path) -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(command, check=True)


def _server(folder: Path, port: int) -> str:
    return "\n".join(
        (
            f"Port {port}",
            "ListenAddress 127.0.0.1",
            f"HostKey {folder / 'host'}",
            f"AuthorizedKeysFile {folder / 'authorized'}",
            f"PidFile {folder / 'sshd.pid'}",
            f"SetEnv TMPDIR={folder / 'remote'}",
            "StrictModes no",
            "UsePAM no",
            "PasswordAuthentication no",
            "PermitRootLogin prohibit-password",
            "",
        )
    )


def _authorized(folder: Path) -> str:
    places = {
        "empty": str(folder / "empty"),
        "liar": str(folder / "liar.py"),
        "python": sys.executable,
    }
    lines = []
    for name, command in TROUBLES.items():
        for key, value in places.items():
            command = command.replace("{" + key + "}", value)
        escaped = command.replace('"', '\\"')
        forced = f'command="{escaped}" ' if command else ""
        lines.append(forced + (folder / f"{name}.pub").read_text())
    return "".join(lines)


def _client(folder: Path, port: int) -> str:
    hosts: Mapping[str, tuple[str, str]] = {
        **{name: (name, "known") for name in TROUBLES},
        "unknown-key": ("fine", "known-none"),
        "changed-key": ("fine", "known-wrong"),
        "stranger": ("other", "known"),
    }
    blocks = [
        f"Host {name}\n  HostName 127.0.0.1\n  Port {port}\n  IdentityFile {folder / key}\n"
        f"  UserKnownHostsFile {folder / known}\n"
        for name, (key, known) in hosts.items()
    ]
    shared = "Host *\n  IdentitiesOnly yes\n  GlobalKnownHostsFile /dev/null\n"
    nobody = f"Host nobody\n  HostName 127.0.0.1\n  Port {_free_port()}\n"
    return "".join([*blocks, nobody, shared])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await(port: int, server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise OSError(f"sshd did not start: {(folder / 'sshd.log').read_text()}")
