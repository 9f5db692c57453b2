"""A stranger's JSON file is read whole and strictly, or refused; it cannot hold or mislead a reader."""

from __future__ import annotations

import contextlib
import gc
import os
import socket

import pytest

from idsbench.untrusted import NotPlainFileError, content, parse, uncollected


def test_a_plain_file_is_read_whole(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"x" * 200_000)
    assert content(path, 200_000) == b"x" * 200_000


def test_a_file_larger_than_allowed_is_not_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"x" * 11)
    with pytest.raises(NotPlainFileError):
        content(path, 10)


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder", "socket"])
def test_what_is_no_plain_file_is_refused_at_once(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    path = tmp_path / "a.json"
    (tmp_path / "there").write_text("{}")
    with socket.socket(socket.AF_UNIX) as listener:
        make = {
            "link": lambda: path.symlink_to(tmp_path / "there"),
            "dangling": lambda: path.symlink_to(tmp_path / "gone"),
            "pipe": lambda: os.mkfifo(path),
            "folder": path.mkdir,
            "socket": lambda: listener.bind("a.json"),
        }
        make[kind]()
        with pytest.raises(NotPlainFileError):
            content(path, 10)


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        content(tmp_path / "a.json", 10)


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "1e308", "9" * 400, "18446744073709551617"])
def test_a_number_is_read_as_it_is_written(number):
    assert parse(number) == (int(number) if number.lstrip("-").isdigit() else float(number))


@pytest.mark.parametrize(
    "text",
    [
        *("NaN", "Infinity", "-Infinity", "[1e400]", "-1e999", "9" * 5000, "01", "+1", "0x1", ".5"),
        *("", "{", "[1,]", "1 2", "{'a': 1}", "// a\n1", '"a\nb"', '"\\ud800"', '"\\ud83dx"'),
        *(b"\xff", b'"\xed\xa0\x80"', b"\xef\xbb\xbf1", '"\0"', "\0"),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_no_strict_json_is_refused(text):
    with pytest.raises(ValueError, match=r"malformed|truncated|range|surrogate|decode"):
        parse(text)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000], ids=["lists", "objects"])
def test_json_nested_too_deep_is_refused(text):
    with pytest.raises((ValueError, RecursionError)):
        parse(text)


def test_cycles_are_collected_again_after_reading():
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_cycles_are_collected_again_after_an_error():
    with contextlib.suppress(KeyError), uncollected():
        raise KeyError
    assert gc.isenabled()


def test_a_program_that_collects_no_cycles_stays_so():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
