"""What a file or an address held when it was first seen, so that a change does not go unnoticed."""

from __future__ import annotations

import datetime
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from idsbench.errors import StoreError


@dataclass(frozen=True)
class Sighting:
    """The content hash of a file when it was first seen, and the day."""

    sha256: str
    day: str


def sightings_file() -> Path:
    """Give the file that remembers them, in the user's data folder."""
    return Path(platformdirs.user_data_dir("idsbench")) / "sightings.json"


def known() -> dict[str, Sighting]:
    """Give all sightings, by path or address.

    Raises:
        StoreError: the file is damaged; nothing is forgotten silently.
    """
    path = sightings_file()
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {key: Sighting(one["sha256"], one["day"]) for key, one in stored.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"{path}: the record of first sightings cannot be read: restore or delete it"
        ) from error


def see(key: str, sha256: str) -> Sighting:
    """Give the first sighting of a path or address; remember this one if there is none."""
    seen = known()
    if key not in seen:
        day = datetime.datetime.now(datetime.UTC).date().isoformat()
        seen[key] = Sighting(sha256, day)
        _write(seen)
    return seen[key]


def replace(key: str, sha256: str) -> None:
    """Forget what was seen before: the user put another file there."""
    seen = known()
    seen.pop(key, None)
    _write(seen)
    see(key, sha256)


def _write(seen: dict[str, Sighting]) -> None:
    path = sightings_file()
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    text = json.dumps({key: asdict(one) for key, one in seen.items()}, indent=1, sort_keys=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be written ({error.strerror}): change its permissions"
        ) from error
