from pathlib import Path

import pytest

from idsbench.errors import CellSkipped, RequestError
from idsbench_mqttset.dataset import MQTTset


def test_endpoints_on_a_34_column_file_are_skipped_with_what_is_missing() -> None:
    with pytest.raises(CellSkipped) as caught:
        MQTTset(columns="endpoints").load((Path("mqttset.csv"),), "34 columns")
    assert str(caught.value) == (
        "mqttset[columns=endpoints] needs ip.src, ip.dst, tcp.srcport, tcp.dstport, eth.src and"
        " eth.dst, which the layout '34 columns' does not have; use columns=behaviour"
    )


@pytest.mark.parametrize(
    "layout", ["reduced train and test", "augmented train and test", "train and test", "34 columns"]
)
@pytest.mark.parametrize("columns", ["endpoints", "all"])
def test_no_labelled_layout_has_more_than_behaviour(columns: str, layout: str) -> None:
    with pytest.raises(CellSkipped, match=f"the layout '{layout}' does not have"):
        MQTTset(columns=columns).load((Path("mqttset.csv"),), layout)


def test_a_stand_in_with_fewer_rows_than_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError) as caught:
        MQTTset().synthesize(tmp_path / "x.csv", 5, 0)
    assert str(caught.value) == ("a stand-in of mqttset needs 6 rows or more, one per class; got 5")
    assert not list(tmp_path.iterdir())
