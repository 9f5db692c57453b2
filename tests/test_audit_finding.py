"""Findings become rows: whole for programs, short for people."""

from __future__ import annotations

from idsbench.audit_finding import Finding, row

FINDING = Finding(
    "note", "constant-columns", "they carry nothing", tuple("abcdef"), None, 1 / 3, "A, B"
)


def test_a_row_for_a_program_keeps_everything():
    assert row(FINDING) == {
        "severity": "note",
        "check": "constant-columns",
        "columns": list("abcdef"),
        "rows": None,
        "figure": 0.333333,
        "what": "they carry nothing",
        "source": "A, B",
    }


def test_a_row_for_people_cuts_long_lists_with_their_number():
    short = row(FINDING, whole=False)
    assert short["columns"] == ["a", "b", "c", "and 3 more"]
    assert short["source"] == "A"
    four = Finding("note", "x", "y", tuple("abcd"))
    assert row(four, whole=False)["columns"] == list("abcd")
