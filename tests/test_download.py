"""A download goes on where it stopped, if the server still has the same file."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from idsbench import download as module
from idsbench.download import download
from idsbench.errors import DataError

CONTENT = bytes(range(256)) * 4000


class _Site:
    """What the loopback server serves, and what it was asked."""

    content = CONTENT
    tag: str | None = '"one"'
    cut: int | None = None
    ranges = True
    status = 200

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        self.address = ""


def _handler(site: _Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            site.asked.append(wanted)
            if site.status != 200:
                self.send_error(site.status)
                return
            start = 0
            if wanted and site.ranges and self.headers.get("If-Range") == site.tag:
                start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
                if start >= len(site.content):
                    self.send_error(416)
                    return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(site.content) - start))
            if site.tag:
                self.send_header("ETag", site.tag)
            self.end_headers()
            self.wfile.write(site.content[start : site.cut])

        def log_message(self, *_) -> None: ...

    return Handler


@pytest.fixture
def site() -> Iterator[_Site]:
    served = _Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(served))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    served.address = f"http://127.0.0.1:{server.server_port}/x.csv"
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


def _cut_short(site: _Site, out: Path) -> str:
    site.cut = 300_000
    with pytest.raises(DataError) as caught:
        download(site.address, out)
    assert not out.exists()
    site.cut = None
    return str(caught.value)


def test_a_file_is_fetched_whole_and_nothing_else_is_left(site, tmp_path):
    download(site.address, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_an_early_end_is_said_and_the_next_attempt_goes_on_from_there(site, tmp_path):
    out = tmp_path / "x.csv"
    assert _cut_short(site, out) == (
        f"{site.address}: the connection ended after 300000 of 1024000 bytes; "
        "the same command goes on from there"
    )
    download(site.address, out)
    assert site.asked == [None, "bytes=300000-"]
    assert out.read_bytes() == CONTENT


def test_a_file_that_changed_in_between_is_fetched_from_its_beginning(site, tmp_path):
    out = tmp_path / "x.csv"
    _cut_short(site, out)
    site.content, site.tag = b"new" * 200_000, '"two"'
    download(site.address, out)
    assert out.read_bytes() == b"new" * 200_000


@pytest.mark.parametrize("tag", ['W/"weak"', None])
def test_a_server_that_cannot_promise_the_same_bytes_is_asked_from_the_beginning(
    site, tmp_path, tag
):
    site.tag = tag
    _cut_short(site, tmp_path / "x.csv")
    download(site.address, tmp_path / "x.csv")
    assert site.asked == [None, None]
    assert (tmp_path / "x.csv").read_bytes() == CONTENT


def test_a_server_without_ranges_gives_the_whole_file_again(site, tmp_path):
    site.ranges = False
    _cut_short(site, tmp_path / "x.csv")
    download(site.address, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(site, tmp_path):
    _cut_short(site, tmp_path / "x.csv")
    site.content = b"short"
    download(site.address, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == b"short"
    assert site.asked == [None, "bytes=300000-", None]


def test_a_refusal_and_a_dead_server_are_one_sentence(site, tmp_path):
    site.status = 403
    with pytest.raises(DataError) as caught:
        download(site.address, tmp_path / "x.csv")
    assert str(caught.value) == f"{site.address}: the server answers 403 Forbidden"
    nobody = "http://127.0.0.1:9/x.csv"
    with pytest.raises(DataError) as caught:
        download(nobody, tmp_path / "x.csv")
    said = re.escape(f"{nobody}: cannot be fetched ([Errno N] Connection refused)")
    assert re.fullmatch(said.replace("N", r"\d+", 1), str(caught.value))


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://a/b.csv", "/etc/passwd", ""])
def test_only_http_addresses_are_fetched(tmp_path, address):
    with pytest.raises(DataError) as caught:
        download(address, tmp_path / "x.csv")
    assert str(caught.value) == (
        f"{address}: is not an address that begins with http:// or https://"
    )


def test_a_file_larger_than_the_disk_is_not_begun(site, tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("", (), {"free": 5}))
    with pytest.raises(DataError) as caught:
        download(site.address, tmp_path / "x.csv")
    assert str(caught.value) == (
        f"{site.address}: 1024000 bytes are to come and 5 are free; make room in {tmp_path}"
    )
