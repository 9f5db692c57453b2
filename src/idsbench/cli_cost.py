"""Options about what detectors cost: how it is measured, and what they are held against."""

from __future__ import annotations

import argparse

BUDGET_HELP = (
    "mark the lines that miss a limit, such as size_bytes=300000,latency_p99_us=500, and the "
    "Pareto front over FPR, recall, size and latency"
)


def add_measuring(run: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    run.add_argument("--measure", choices=("quick", "thorough"), default="quick")
    run.add_argument(
        "--meter",
        default="auto",
        metavar="METER",
        help="energy: auto (RAPL or NVML where they can be read, else codecarbon's model), "
        "codecarbon, rapl, nvml, none, or a file or command that gives the joules counted so far "
        "(default: %(default)s)",
    )
    run.add_argument("--budget", metavar="KEY=N,…", help=BUDGET_HELP)


def add_judging(board: argparse.ArgumentParser) -> None:
    """Add the options of `leaderboard`."""
    board.add_argument("--budget", metavar="KEY=N,…", help=BUDGET_HELP)
    board.add_argument("--pareto", action="store_true", help="mark the Pareto front alone")
    board.add_argument(
        "--board",
        metavar="NAME",
        help="whether each model fits into a board's memories; NAME, or a NAME.toml of your own",
    )
    board.add_argument(
        "--cost",
        action="store_true",
        help="show the whole cost of each line (MACs, memory, throughput, start-up, energy) also "
        "where no line ran on a target other than cpu",
    )
