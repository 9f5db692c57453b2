"""A file from an http address, resumed where an earlier attempt stopped."""

from __future__ import annotations

import http.client
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from idsbench.errors import DataError

CHUNK = 1 << 20
WAIT_S = 30.0
SCHEMES = ("http", "https")


def download(address: str, out: Path) -> None:
    """Fetch an address into the file `out`, whose folder exists.

    What an attempt left is kept beside it and gone on with, if the server still has the same file.

    Raises:
        DataError: the address cannot be reached, or the connection ended early; says so.
    """
    if urlsplit(address).scheme not in SCHEMES:
        raise DataError(address, "is not an address that begins with http:// or https://")
    partial, state = out.with_name(f"{out.name}.part"), out.with_name(f"{out.name}.part.json")
    try:
        length = _receive(address, partial, state)
    except urllib.error.HTTPError as error:
        raise DataError(address, f"the server answers {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise DataError(address, f"cannot be fetched ({reason})") from error
    have = partial.stat().st_size
    if length is not None and have != length:
        raise DataError(
            address,
            f"the connection ended after {have} of {length} bytes",
            advice="the same command goes on from there",
        )
    partial.replace(out)
    state.unlink(missing_ok=True)


def _receive(address: str, partial: Path, state: Path) -> int | None:
    """Receive what is missing; give the whole length, None where the server does not say."""
    have = partial.stat().st_size if partial.exists() else 0
    unchanged = _unchanged(state)
    request = urllib.request.Request(address, headers={"User-Agent": "idsbench"})
    if have and unchanged:
        request.add_header("Range", f"bytes={have}-")
        request.add_header("If-Range", unchanged)
    try:
        answer = urllib.request.urlopen(request, timeout=WAIT_S)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        partial.unlink(missing_ok=True)  # more than the server has: it is another file
        state.unlink(missing_ok=True)
        return _receive(address, partial, state)
    with answer:
        resumed = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        state.write_text(json.dumps({"unchanged": _validator(answer.headers)}), encoding="utf-8")
        start = have if resumed else 0
        left = answer.headers.get("Content-Length")
        length = None if left is None else start + int(left)
        _check_room(address, partial, None if left is None else int(left))
        with partial.open("ab" if resumed else "wb") as target:
            shutil.copyfileobj(answer, target, CHUNK)
    return length


def _unchanged(state: Path) -> str:
    """Give what the server must still say of the file; empty where it never said anything."""
    try:
        return str(json.loads(state.read_text(encoding="utf-8"))["unchanged"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _validator(headers: Mapping[str, str]) -> str:
    """Give a header by which the same bytes are known again; a weak tag does not promise that."""
    tag = headers.get("ETag") or ""
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified") or ""


def _check_room(address: str, partial: Path, more: int | None) -> None:
    free = shutil.disk_usage(partial.parent).free
    if more is not None and more > free:
        advice = f"make room in {partial.parent}"
        raise DataError(address, f"{more} bytes are to come and {free} are free", advice=advice)
