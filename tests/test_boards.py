"""A board says whether a model fits, never how fast it is."""

from __future__ import annotations

import pytest

from idsbench.boards import Board, find_board, fits, shipped_boards
from idsbench.errors import RequestError

SMALL = Board("small", "Small", 1_000, "source", flash_bytes=10_000)
LINUX = Board("linux", "Linux", 100_000_000, "source", system=True)


def test_every_board_that_comes_along_names_its_makers_page():
    boards = shipped_boards()
    assert {"arduino-nano-33-ble", "raspberry-pi-zero-2-w"} <= set(boards)
    for board in boards.values():
        assert board.source.startswith("https://")
        assert board.ram_bytes > 0
        assert board.system or board.flash_bytes, "a microcontroller has its flash on board"


@pytest.mark.parametrize(
    ("row", "board", "verdict"),
    [
        ({"size_bytes": 10_001}, SMALL, (False, "flash")),
        ({"size_bytes": 10_000}, SMALL, (False, "needs an operating system")),
        ({"size_bytes": 10, "peak_rss_mb": 60.0}, SMALL, (False, "needs an operating system")),
        ({"size_bytes": 9_000, "code_bytes": 1}, SMALL, (None, "flash yes, RAM not measured")),
        (
            {"size_bytes": 10_000, "code_bytes": 1, "peak_rss_mb": 60.0},
            SMALL,
            (None, "flash yes, RAM not measured"),
        ),
        ({"status": "skipped", "reason": "no ONNX form"}, SMALL, (None, "no ONNX form")),
        ({"size_bytes": 9_000, "peak_rss_mb": 100.0}, LINUX, (True, "")),
        ({"size_bytes": 9_000, "peak_rss_mb": 101.0}, LINUX, (False, "RAM")),
        ({"size_bytes": 9_000}, LINUX, (None, "memory not measured")),
        ({"peak_rss_mb": 1.0}, LINUX, (None, "size not measured")),
    ],
)
def test_a_model_fits_does_not_fit_or_it_is_not_known(row, board, verdict):
    assert fits(row, board) == verdict


def test_an_unknown_board_is_told_with_the_nearest():
    with pytest.raises(RequestError) as caught:
        find_board("arduino-nano")
    assert caught.value.problems[0].startswith(
        "--board arduino-nano: no such board; did you mean arduino-nano-33-ble"
    )


def test_a_board_of_ones_own_is_read_from_a_file(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('[mine]\ntitle = "My board"\nram_bytes = 5\nsource = "its manual"\n')
    assert find_board(str(file)) == Board("mine", "My board", 5, "its manual")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "holds 0 tables: describe one board, as [its-name]"),
        ("ram_bytes = 5", "'ram_bytes' is no table: describe one board, as [its-name]"),
        ("[a]\nram_byte = 5", "unknown key 'ram_byte'; did you mean ram_bytes or flash_bytes?"),
        (
            "[a]\nram_bytes = 0",
            "'ram_bytes' is 0: expected a whole number above 0",
        ),
        ("[a]\nram_bytes = 5", "lacks title and source"),
        ('[a]\ntitle = ""', "'title' is '': expected a text"),
        ('[a]\nsource = " \\u200b"', "'source' is ' \\u200b': expected a text"),
        ('[""]\nram_bytes = 5', "the table has no name: give the board one, as [its-name]"),
        ("[a]\nsystem = 1", "'system' is 1: expected true or false"),
    ],
)
def test_a_file_that_describes_no_board_is_told(tmp_path, text, problem):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(RequestError) as caught:
        find_board(str(file))
    assert list(caught.value.problems) == [f"--board {file}: {problem}"]


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    for name, content, reason in (
        ("none.toml", None, "cannot be read (No such file or directory): name a file or a board"),
        ("bad.toml", "[a", None),
    ):
        file = tmp_path / name
        if content is not None:
            file.write_text(content)
        with pytest.raises(RequestError) as caught:
            find_board(str(file))
        (problem,) = caught.value.problems
        assert problem.startswith(f"--board {file}: {reason or 'no TOML ('}")
