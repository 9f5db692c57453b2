"""From a file to a leaderboard with two commands; a user's card is a dataset like any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from idsbench import store
from idsbench.cli import NOTHING, OK, WRONG_REQUEST, main
from idsbench.errors import RequestError
from idsbench.plan import Request, make_plan
from idsbench.selection import select
from idsbench.tabular import users_dataset


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A labelled table of 400 rows, in a folder that becomes the current one."""
    path = tmp_path / "flows.csv"
    lines = [
        f"{at},{at * 37 % 101 / 10 + 3 * (at % 4 == 0)},{'tcp' if at % 3 else 'udp'},"
        f"{'flood' if at % 4 == 0 else 'benign'}"
        for at in range(400)
    ]
    path.write_text("\n".join(["id,rate,proto,label", *lines]) + "\n")
    return path


@pytest.fixture
def card(table: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    out = table.with_name("my-flows.toml")
    assert main(["data", "describe", str(table), "--label", "label", "--out", str(out)]) == OK
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "400 rows, 4 columns, one row is one row"
    assert shown[-1] == (
        f"{out}: the card of 'my-flows'; look through it, then: idsbench run --datasets {out}"
    )
    return out


def test_a_table_never_seen_before_is_run(card: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    results = tmp_path / "results"
    command = ["run", "--datasets", "./my-flows.toml", "--models", "one-rule"]
    assert main([*command, "--no-baselines", "--results", str(results)]) == OK
    (record,) = store.read_records(results)
    assert (record["status"], record["dataset"]) == ("ok", "my-flows")
    assert (record["variant"], record["coverage"]) == ("full", None)
    assert record["rows_test"] == 60
    assert record["features"] == 2  # neither id nor label
    assert "identifiers-as-features" not in record["flags"]


def test_identity_holds_the_cards_content_and_not_its_place(card: Path, catalog) -> None:
    (spec,) = select(catalog, "dataset", str(card))
    moved = card.parent / "deeper" / "other.toml"
    moved.parent.mkdir()
    moved.write_bytes(card.read_bytes())
    (same,) = select(catalog, "dataset", str(moved))
    assert spec.identity == same.identity
    assert spec.identity.startswith("my-flows[columns=behaviour,card=")
    assert spec.text == "my-flows"
    moved.write_text(card.read_text() + "# another comment\n")
    (changed,) = select(catalog, "dataset", str(moved))
    assert changed.identity != spec.identity


def test_a_card_that_changes_during_a_run_is_not_read_as_the_one_that_was_planned(
    card: Path, catalog
) -> None:
    (spec,) = select(catalog, "dataset", str(card))
    assert users_dataset(**spec.parameters).card.name == "my-flows"
    card.write_text(card.read_text() + "# later\n")
    with pytest.raises(RequestError) as caught:
        users_dataset(**spec.parameters)
    assert caught.value.problems == (
        f"{card.resolve()}: was changed during the run; give the command again",
    )


def test_columns_and_a_file_can_be_named_behind_the_card(card: Path, catalog) -> None:
    (spec,) = select(catalog, "dataset", f"{card}[columns=all]")
    assert spec.text == "my-flows[columns=all]"
    with pytest.raises(RequestError) as caught:
        select(catalog, "dataset", f"{card}[column=all]")
    assert caught.value.problems == (
        "dataset 'my-flows' has no parameter 'column': did you mean columns?",
    )


def test_a_card_that_has_the_name_of_an_installed_dataset_is_refused(card: Path, catalog) -> None:
    card.write_text(card.read_text().replace('"my-flows"', '"iotid20"'))
    with pytest.raises(RequestError) as caught:
        select(catalog, "dataset", str(card))
    assert caught.value.problems == (
        f"{card}: name = 'iotid20' is that of an installed dataset; choose another",
    )


def test_two_cards_of_one_name_are_refused(card: Path, catalog) -> None:
    other = card.with_name("other.toml")
    other.write_text(card.read_text() + "# not the same\n")
    with pytest.raises(RequestError) as caught:
        select(catalog, "dataset", f"{card},{other}")
    assert caught.value.problems == ("two different cards are called 'my-flows': rename one",)
    assert len(select(catalog, "dataset", f"{card},{card}")) == 1


def test_every_mistake_in_a_card_ends_the_request_before_any_work(
    card: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card.write_text(card.read_text().replace("identifiers", "identifier"))
    results = tmp_path / "results"
    command = ["run", "--datasets", f"{card},{tmp_path / 'none.toml'}"]
    assert main([*command, "--results", str(results)]) == WRONG_REQUEST
    assert capsys.readouterr().err.splitlines() == [
        f"idsbench: {card}: unknown key 'identifier': did you mean identifiers?",
        f"idsbench: {tmp_path / 'none.toml'}: does not exist; check the path",
    ]
    assert not results.exists()


def test_a_file_that_has_gone_is_said(card: Path, table: Path, catalog) -> None:
    table.unlink()
    with pytest.raises(RequestError) as caught:
        make_plan(catalog, Request(datasets=str(card)))
    assert caught.value.problems == (f"{table}: does not exist; check the path",)


def test_a_label_that_the_card_does_not_know_is_a_record_with_its_line(
    card: Path, table: Path, tmp_path: Path
) -> None:
    lines = table.read_text().splitlines()
    lines[7] = lines[7].replace("benign", "bening")
    table.write_text("\n".join(lines) + "\n")
    results = tmp_path / "results"
    command = ["run", "--datasets", str(card), "--models", "one-rule", "--no-baselines"]
    assert main([*command, "--results", str(results), "--format", "json"]) != NOTHING
    (record,) = store.read_records(results)
    assert record["status"] == "failed"
    assert record["reason"] == (
        f"{table}, line 8, column label: the label 'bening' is unknown; did you mean benign?"
    )


def test_describe_never_overwrites_and_says_where_it_cannot_write(
    card: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = card.read_bytes()
    for out, problem in (
        (card, "is there already; remove it or name another"),
        (tmp_path / "card.txt", "a card's name ends in .toml"),
        (tmp_path / "no" / "x.toml", "its folder does not exist"),
    ):
        command = ["data", "describe", str(table), "--label", "label", "--out", str(out)]
        assert main(command) == WRONG_REQUEST
        assert capsys.readouterr().err == f"idsbench: --out {out}: {problem}\n"
    assert card.read_bytes() == before


def test_a_users_card_is_shown_like_any_dataset(
    card: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", f"dataset/{card}"]) == OK
    shown = capsys.readouterr().out
    assert shown.startswith("dataset/my-flows: flows.csv\nfrom idsbench ")
    assert main(["run", "--datasets", str(card), "--dry-run", "--format", "json"]) == OK
    cells = json.loads(capsys.readouterr().out)
    assert {cell["dataset"] for cell in cells} == {"my-flows"}


@pytest.fixture(scope="module")
def catalog():
    from idsbench.catalog import load_catalog

    return load_catalog()
