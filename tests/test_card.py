"""A card is read whole or refused with every mistake in it; only a plugin's card may name code."""

from __future__ import annotations

from pathlib import Path

import pytest

from idsbench.card import parse, users_card
from idsbench.errors import RequestError
from idsbench.values import FlowColumn

PLAIN = """
name = "made-up"
row_unit = "flow"
columns = "id, when, host, size, kind, label"
identifiers = ["id", "when"]
endpoints = ["host"]
text = ["host", "kind"]
time = { column = "when", unit = "ms" }
group = { columns = ["host"] }

[labels.category]
column = "label"
benign = "fine"
attacks = ["flood", "scan"]

[[layouts]]
name = "one file"
files = ["Made Up*.csv"]
published_rows = 100
"""


def problems(text: str, package: str = "", folder: Path | None = None) -> list[str]:
    with pytest.raises(RequestError) as caught:
        parse(text, "c.toml", package=package, folder=folder)
    return [problem.removeprefix("c.toml: ") for problem in caught.value.problems]


def changed(old: str, new: str) -> str:
    assert old in PLAIN
    return PLAIN.replace(old, new)


def test_a_card_says_what_the_core_needs_to_know() -> None:
    definition = parse(PLAIN, "c.toml")
    card, schema = definition.card, definition.schemas["one file"]
    assert (card.name, card.title, card.row_unit) == ("made-up", "made-up", "flow")
    assert card.layouts[0].slots == (("madeup*.csv", "madeup*.csv.gz", "madeup*.csv.zip"),)
    assert card.layouts[0].published_rows == 100
    assert (card.benign, card.group) == ("label is fine", "host")
    assert (card.identifiers, card.endpoints) == (("id", "when"), ("host",))
    assert card.attacks == ("flood", "scan")
    assert card.standin_rows == 0
    assert schema.kinds == {"host": "text", "kind": "text"}
    assert schema.time is not None
    assert schema.time.seconds == 1e-3
    assert schema.features(card, "behaviour", schema.columns) == ("size", "kind")
    assert schema.features(card, "endpoints", schema.columns) == ("size", "kind", "host")
    assert schema.features(card, "all", schema.columns) == ("size", "kind", "host", "id", "when")


def test_a_layouts_own_keys_replace_those_of_the_card() -> None:
    text = PLAIN + (
        '[[layouts]]\nname = "two"\nslots = [["a.csv"], ["b.csv"]]\ncolumns = "size, label"\n'
        'absent = "drop"\n[layouts.labels.binary]\ncolumn = "label"\nbenign = "ok"\n'
        'attacks = ["bad"]\nwritten = { 0 = "ok", 1 = "bad" }\n'
    )
    text = text.replace('time = { column = "when", unit = "ms" }\n', "")
    text = text.replace('group = { columns = ["host"] }\n', "")
    definition = parse(text, "c.toml")
    first, second = definition.schemas.values()
    assert (first.absent, second.absent) == ("zero", "drop")
    assert second.columns == ("size", "label")
    (label,) = second.labels
    assert (label.task, label.classes) == ("binary", ("ok", "bad"))
    assert label.written == {"0": "ok", "1": "bad"}
    assert definition.card.published == {}


def test_the_flow_schema_is_a_column_or_a_column_with_a_factor() -> None:
    flow = '[flow]\nbwd_bytes = "size"\nduration_s = { column = "size", factor = 1e-6 }\n'
    assert parse(PLAIN + flow, "c.toml").card.flow == {
        "bwd_bytes": FlowColumn("size"),
        "duration_s": FlowColumn("size", 1e-6),
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (changed("columns =", "colums ="), "unknown key 'colums': did you mean columns or counts?"),
        (changed("row_unit", "row_units"), "unknown key 'row_units': did you mean row_unit or counts?"),
        (
            changed("attacks =", "atacks ="),
            "[labels.category]: unknown key 'atacks': did you mean attacks?",
        ),
        (
            changed("[labels.category]", "[labels.kategory]"),
            "[labels]: unknown task 'kategory': did you mean category or subcategory?",
        ),
        (
            changed('column = "label"', 'column = "lable"'),
            "[labels]: 'one file' has no column 'lable': did you mean label?",
        ),
        (
            changed('endpoints = ["host"]', 'endpoints = ["hots"]'),
            "endpoints: no layout has the column 'hots': did you mean host?",
        ),
        (
            changed('identifiers = ["id", "when"]', 'identifiers = ["id"]'),
            "[time]: the column 'when' must be among identifiers or endpoints, or it would be a"
            " feature",
        ),
        (
            changed('text = ["host", "kind"]', 'text = ["host", "kind"]\nhex = ["kind"]'),
            "[layouts 1]: the column 'kind' is both hex and text",
        ),
        (changed("published_rows = 100", "published_rows = -1"), "[layouts 1]: published_rows ="
         " '-1' is not a whole number of at least 0"),
        (changed('unit = "ms"', 'unit = "min"'), "[time]: unit = 'min': there are: ms, ns, s, us"),
        (
            changed('attacks = ["flood", "scan"]', 'attacks = ["flood"]\nempty = "flod"'),
            "[labels.category]: 'flod' is no class of this task: did you mean flood?",
        ),
        (changed('name = "made-up"', 'name = "Made up"'), "name = 'Made up' is not lower-case"
         " words joined by hyphens"),
        (PLAIN + "[flow]\nduration = 'size'\n", "[flow]: unknown key 'duration': did you mean"
         " duration_s?"),
        (PLAIN + "[counts]\nflod = 3\n", "[counts]: unknown class 'flod': did you mean flood?"),
        (changed('files = ["Made Up*.csv"]', ""), "a layout has neither files nor slots, and the"
         " card names no file"),
        (
            "addresses = ['ftp://x']\n" + PLAIN,
            "addresses: 'ftp://x' is neither https://… nor kaggle:OWNER/NAME",
        ),
        (changed('"id, when,', '"id, id, when,'), "columns names id more than once"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_the_nearest_name(text: str, sentence: str) -> None:
    assert sentence in problems(text)


def test_all_mistakes_are_said_at_once() -> None:
    text = changed("attacks =", "atacks =").replace('row_unit = "flow"', "row_unit = 3")
    assert problems(text) == [
        "[labels.category]: attacks names no class besides the benign one",
        "[labels.category]: unknown key 'atacks': did you mean attacks?",
        "row_unit = '3' is not a text",
    ]


def test_what_is_no_toml_is_said_with_its_line() -> None:
    (problem,) = problems('name = "x\n')
    assert problem == "is not valid TOML: Illegal character '\\n' (at line 1, column 10)"


@pytest.mark.parametrize(
    ("package", "line", "sentence"),
    [
        ("", 'function = "made_up.x:y"',
         "function: only the card of an installed plugin may name code"),
        ("", 'generator = "made_up.x:y"',
         "generator: only the card of an installed plugin may name code"),
        ("made_up", 'function = "os:system"',
         "function = 'os:system' is not in the card's own package made_up"),
        ("made_up", 'function = "made_up"', "function = 'made_up' is not 'module:attribute'"),
        ("made_up", 'file = "/data/x.csv"',
         "only a card that you name on the command line may name a file"),
    ],
)  # fmt: skip
def test_code_is_a_plugins_and_a_file_is_a_users(package: str, line: str, sentence: str) -> None:
    assert problems(line + "\n" + PLAIN, package) == [sentence]


def test_a_file_may_be_absolute_or_beside_the_card_but_never_leave_its_folder(
    tmp_path: Path,
) -> None:
    for named, expected in (("x.csv", tmp_path / "x.csv"), ("/d/x.csv", Path("/d/x.csv"))):
        text = f'file = "{named}"\n' + PLAIN
        assert parse(text, "c.toml", folder=tmp_path).card.file == expected
    assert problems('file = "../x.csv"\n' + PLAIN, folder=tmp_path) == [
        "file = '../x.csv' leaves its folder; write the whole path"
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "does not exist; check the path"),
        (b"\xff\xfe", "is not UTF-8, so it is no card"),
        (b"#" * (4 << 20) + b"#", "is larger than 4 MB, so it is no card"),
    ],
)
def test_a_file_that_is_no_card_is_said(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    path = tmp_path / "my.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RequestError) as caught:
        users_card(path)
    assert caught.value.problems == (f"{path}: {problem}",)
