"""Ranking many records."""

from __future__ import annotations

import pytest

from idsbench.plan import Request


@pytest.fixture(scope="module")
def folders(results):
    """Give, per number of records and of seeds, a folder with that many records."""
    made = {}

    def folder(records: int, seeds: int):
        if (records, seeds) not in made:
            models = ",".join(f"random-forest[trees={1 + n}]" for n in range(records // seeds))
            request = Request("iotid20", models=models, seeds=f"0-{seeds - 1}", baselines=False)
            made[records, seeds] = results(request)[1]
        return made[records, seeds]

    return folder


@pytest.mark.parametrize("records", [100, 1_000, 10_000])
def test_leaderboard(processes, idsbench, folders, records):
    """`idsbench leaderboard` as a whole process, ten seeds a line. Target at 10,000 records: 2 s."""
    folder = folders(records, 10)
    processes(lambda: idsbench("leaderboard", "--results", folder), rounds=3)


@pytest.mark.parametrize("style", ["json", "csv"])
def test_leaderboard_for_programs(processes, idsbench, folders, style):
    """The same 10,000 records as JSON and CSV, one row each: what scripts and CI read."""
    folder = folders(10_000, 10)
    processes(lambda: idsbench("leaderboard", "--results", folder, "--format", style), rounds=3)


@pytest.mark.parametrize("records", [1_000, 10_000])
def test_leaderboard_of_single_seeds(processes, idsbench, folders, records):
    """The worst case: every record is a line of its own, in one group."""
    folder = folders(records, 1)
    processes(lambda: idsbench("leaderboard", "--results", folder), rounds=3)
