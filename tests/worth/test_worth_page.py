"""The page has the suite's question, a table for each file of data, and what it does not show."""

from __future__ import annotations

import json

from idsbench.suite_file import parse_suite
from idsbench.worth_page import by_data, document, files, of_suite
from idsbench.worth_series import series_of

SUITE = parse_suite(
    """
name = "mine"
question = "Does *it*?"
datasets = "toy"
ladder = ["clean", "grouped"]
[[cells]]
models = "cnn[size=8]"
protocols = "*"
""",
    "f.toml",
)
BOTH = ("clean", "grouped")


def test_a_suite_leaves_its_datasets_models_and_protocols(record):
    records = [record(p) for p in ("paper-whole", *BOTH)]
    records += [record(p, model="dummy") for p in BOTH]
    records += [record(p, dataset="other") for p in BOTH]
    (one,) = of_suite(records, SUITE)
    assert (one.names["model"], list(one.steps)) == ("cnn", ["clean", "grouped"])
    assert len(of_suite(records, None)) == 3


def test_each_file_of_data_has_a_table_and_a_figure_of_its_own(record):
    series = series_of([record(p, dataset=d) for p in BOTH for d in ("a", "b")])
    assert [title for title, _ in by_data(series)] == [
        "a / excerpt / binary",
        "b / excerpt / binary",
    ]
    found = files(series, None)
    assert sorted(found) == ["WORTH.md", "worth-2.svg", "worth.json", "worth.svg"]
    assert (
        "![FPR and TPR at 1 % FPR by protocol, b / excerpt / binary](worth-2.svg)"
        in found["WORTH.md"]
    )


def test_the_rows_are_json(record):
    rows = json.loads(files(series_of([record(p) for p in BOTH]), None)["worth.json"])
    assert [row["protocol"] for row in rows] == ["clean", "grouped"]


def test_a_page_has_a_heading_for_what_it_does_not_show(record):
    series = series_of([record(p) for p in BOTH])
    page, text = (document(series, SUITE, fmt) for fmt in ("markdown", "table"))
    assert page.startswith(
        "# What the protocol is worth: mine\n\nDoes \\*it\\*?\n\n## toy / excerpt"
    )
    assert text.startswith("What the protocol is worth: mine\n\nDoes *it*?\n\n== toy / excerpt")
    assert "### What it does not show\n\n- The data are an excerpt" in page
    assert "What it does not show:\n\n  The data are an excerpt" in text
