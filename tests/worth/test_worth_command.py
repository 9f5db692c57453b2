"""The command `worth` prints the page, or writes it where it is told to."""

from __future__ import annotations

import json

import pytest

from idsbench import store
from idsbench.cli import main


@pytest.fixture
def call(capsys, tmp_path, monkeypatch, record):
    """Call the command with records as a results folder holds them."""

    def run(records, *arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(store, "read_records", lambda _: records)
        code = main(["worth", *map(str, arguments)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_the_page_is_printed(call, record):
    code, out, err = call([record("clean"), record("grouped")])
    assert (code, err) == (0, "")
    assert out.startswith("What the protocol is worth\n\n== toy / excerpt / binary ==")


def test_programs_get_json_and_nothing_else(call, record):
    code, out, err = call([record("clean"), record("grouped")], "--format", "json")
    assert (code, len(json.loads(out)), err) == (0, 2, "")


def test_the_page_is_written_with_its_figure_and_its_rows(call, record, tmp_path):
    folder = tmp_path / "new" / "page"
    code, out, _ = call([record("clean"), record("grouped")], "--out", folder)
    assert code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["WORTH.md", "worth.json", "worth.svg"]
    assert sorted(out.split()) == sorted(str(path) for path in folder.iterdir())


def test_records_of_one_protocol_end_with_4(call, record):
    code, out, err = call([record("clean")])
    assert (code, out) == (4, "")
    assert err == (
        "idsbench: results/local holds no detector under two protocols: "
        "run it under paper-whole and clean\n"
    )


def test_an_unknown_suite_ends_with_2(call, record):
    code, out, err = call([record("clean")], "mqttset-cmn")
    assert (code, out) == (2, "")
    assert err == "idsbench: there is no suite 'mqttset-cmn': did you mean mqttset-cnn?\n"


def test_a_file_in_place_of_the_folder_ends_with_2(call, record, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = call([record("clean"), record("grouped")], "--out", tmp_path / "file")
    assert code == 2
    assert err == f"idsbench: --out {tmp_path / 'file'}: cannot be made (File exists)\n"
