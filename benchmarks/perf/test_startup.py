"""How long the program takes to answer when nothing is run."""

from __future__ import annotations


def test_a_bare_interpreter(processes, python):
    """A Python that does nothing, with this environment's start-up files: the floor for the rest."""
    processes(lambda: python(""))


def test_help(processes, idsbench):
    """`idsbench --help` as a whole process. Target: 0.15 s."""
    processes(lambda: idsbench("--help"))


def test_list(processes, idsbench):
    """`idsbench list` as a whole process, all installed plugins asked. Target: 0.3 s."""
    processes(lambda: idsbench("list"))
