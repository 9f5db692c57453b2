"""RAPL: the energy counters of the processor packages, as Linux shows them in sysfs.

Source: Linux kernel documentation, power/powercap (docs.kernel.org/power/powercap/powercap.html).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from idsbench.meters import MeterError

POWERCAP = Path("/sys/class/powercap")
POLL_S = 30.0  # a package's counter wraps around after minutes: 262 kJ at 200 W are 22 minutes
RESOLUTION_J = 61e-6  # 2^-14 J, the unit of most processors


@dataclass(frozen=True)
class _Zone:
    """A package's counter, which goes from 0 to `most` microjoules and starts again."""

    name: str
    file: Path
    most: int

    def read(self) -> int:
        return int(self.file.read_text(encoding="ascii"))


class Rapl:
    """Adds the counters of all packages; memory and graphics outside a package are not in them."""

    method, whole, resolution_j, shortest_s = "rapl", True, RESOLUTION_J, 0.02

    def __init__(self, root: Path | None = None) -> None:
        """Find the counters.

        Raises:
            MeterError: there are none, or they may not be read.
        """
        self._zones = _packages(root or POWERCAP)
        self.detail = f"powercap {', '.join(zone.name for zone in self._zones)}"
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._last: list[int] = []
        self._microjoules = 0

    def start(self) -> None:
        """Read the counters, and from now on often enough that none wraps around twice."""
        self._last = self._read()
        threading.Thread(target=self._poll, daemon=True).start()

    def stop(self) -> float:
        """Give the joules since `start`."""
        self._ended.set()
        self._add()
        return self._microjoules / 1e6

    def _poll(self) -> None:
        while not self._ended.wait(POLL_S):
            try:
                self._add()
            except MeterError:  # `stop` will meet it too, where it can be told
                return

    def _add(self) -> None:
        with self._lock:
            now = self._read()
            for zone, last, value in zip(self._zones, self._last, now, strict=True):
                self._microjoules += value - last if value >= last else zone.most - last + value
            self._last = now

    def _read(self) -> list[int]:
        try:
            return [zone.read() for zone in self._zones]
        except (OSError, ValueError) as error:
            raise MeterError(f"the RAPL counters cannot be read ({_why(error)})") from error


def _packages(root: Path) -> tuple[_Zone, ...]:
    """Give the packages' zones: not their parts, not the platform that contains them."""
    zones = []
    for folder in sorted(root.glob("intel-rapl:*")):
        try:
            name = (folder / "name").read_text(encoding="ascii").strip()
            if not name.startswith("package"):
                continue
            most = int((folder / "max_energy_range_uj").read_text(encoding="ascii"))
            zone = _Zone(name, folder / "energy_uj", most)
            zone.read()
        except PermissionError as error:
            raise MeterError(
                "the RAPL counters may not be read by this user: "
                "sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj"
            ) from error
        except (OSError, ValueError) as error:
            raise MeterError(f"the RAPL counters cannot be read ({_why(error)})") from error
        zones.append(zone)
    if not zones:
        raise MeterError("this machine shows no RAPL counters")
    return tuple(zones)


def _why(error: Exception) -> str:
    return (error.strerror or "") if isinstance(error, OSError) else str(error)
