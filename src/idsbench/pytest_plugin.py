"""A pytest plugin: the fixture `idsbench` runs cells in a test, the marker holds them to limits.

    @pytest.mark.idsbench(max_fpr=0.05, max_size_bytes=100_000)
    def test_the_detector(idsbench):
        idsbench.run("--datasets iotid20 --models logistic --seeds 0-4")

A session that does not use it pays for this small module alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from idsbench.pytest_bench import Bench

MARKER = (
    "idsbench(suite=None, max_KEY=…, min_KEY=…): limits on every record that the fixture "
    "`idsbench` runs, by the key of a record (max_fpr, min_recall, max_size_bytes); suite names "
    "what `idsbench.run()` runs"
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says where the data are."""
    parser.getgroup("idsbench").addoption(
        "--idsbench-data-dir", metavar="DIR", help="where idsbench's data files are"
    )


@pytest.fixture
def idsbench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Run cells or a suite, held to the limits of the marker."""
    from idsbench.errors import RequestError
    from idsbench.pytest_bench import Bench, Limits

    marker = request.node.get_closest_marker("idsbench")
    named = dict(marker.kwargs) if marker else {}
    suite = named.pop("suite", None)
    try:
        limits = Limits.of(named)
    except RequestError as error:
        pytest.fail(str(error), pytrace=False)
    folder = tmp_path_factory.mktemp("idsbench")
    return Bench(folder, limits, suite, request.config.getoption("--idsbench-data-dir"))
