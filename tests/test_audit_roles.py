"""A column's role is what its card lists and, without one, what its name says."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from idsbench.audit_roles import counts_rows, roles_of, tells_the_date

NAMES = (
    *("Flow_ID", "Src_IP", "Dst_Port", "Timestamp", "Flow_Duration", "Flow_Byts/s", "Idle_Max"),
    *(
        "tcp.time_delta",
        "frame.time_epoch",
        "mqtt.len",
        "sttl",
        "Time_To_Live",
        "Init_Bwd_Win_Byts",
    ),
)


def test_names_tell_identifiers_endpoints_time_timing_and_ttl():
    roles = roles_of(None, NAMES)
    assert roles.identifiers == ("Flow_ID", "Timestamp", "frame.time_epoch")
    assert roles.endpoints == ("Src_IP", "Dst_Port")
    assert roles.hosts == ("Src_IP",)
    assert roles.time == ("Timestamp", "frame.time_epoch")
    assert roles.timing == ("Flow_Duration", "Flow_Byts/s", "Idle_Max", "tcp.time_delta")
    assert roles.ttl == ("sttl", "Time_To_Live")


def test_what_the_card_lists_is_added():
    card = SimpleNamespace(identifiers=("mqtt.len",), endpoints=(), timing=("sttl",), ttl=())
    roles = roles_of(card, NAMES)
    assert "mqtt.len" in roles.identifiers
    assert "sttl" in roles.timing


@pytest.mark.parametrize(
    ("values", "is_number"),
    [
        (np.random.default_rng(0).permutation(500), True),
        (np.arange(0, 1500, 3), False),
        (np.arange(500) // 2, False),
        (np.arange(500) + 0.5, False),
    ],
    ids=["shuffled numbers", "gaps", "pairs", "halves"],
)
def test_only_dense_whole_numbers_that_differ_number_the_rows(values, is_number):
    assert counts_rows(values.astype(np.float32)) is is_number


def test_dates_are_told_from_large_counters():
    date = np.linspace(1.56e9, 1.57e9, 100)
    assert tells_the_date(date)
    assert tells_the_date(np.where(np.arange(100) < 40, 0, date))
    assert not tells_the_date(np.linspace(0, 4e9, 100))
    assert not tells_the_date(np.linspace(1e9, 2e9, 100))
