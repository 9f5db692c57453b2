from pathlib import Path

import pytest

from idsbench.filenames import matches
from idsbench_mqttset.dataset import PER_CLASS, MQTTset

CARD = MQTTset.card


def layout_of(name: str) -> str | None:
    """Name the first layout with a slot that matches, as the core looks files up."""
    if matches(Path(name), CARD.ignore):
        return None
    for layout in CARD.layouts:
        if any(matches(Path(name), slot) for slot in layout.slots):
            return layout.name
    return None


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("train70_reduced.csv", "reduced train and test"),
        ("test30_reduced.csv", "reduced train and test"),
        ("train70_augmented.csv", "augmented train and test"),
        ("train70.csv", "train and test"),
        ("test30.csv", "train and test"),
        ("mqttset_excerpt_all.csv", "34 columns"),
        ("MQTTset.csv", "34 columns"),
        ("malaria.csv", PER_CLASS),
        ("legitimate_1w.csv", PER_CLASS),
        ("train_flow_disjoint.csv", None),
        ("mqttset_describe.csv", None),
        ("other.csv", None),
    ],
)
def test_a_file_belongs_to_the_layout_that_its_name_says(name: str, layout: str | None) -> None:
    assert layout_of(name) == layout


def test_the_layouts_have_34_and_60_columns() -> None:
    widths = {name: len(schema.columns) for name, schema in MQTTset.definition.schemas.items()}
    assert widths.pop(PER_CLASS) == 60
    assert set(widths.values()) == {34}


def test_behaviour_is_the_33_published_features_and_the_others_only_add_to_it() -> None:
    schema = MQTTset.schema(PER_CLASS)
    published = MQTTset.schema("34 columns").columns[:-1]
    sets = [schema.features(CARD, c, schema.columns) for c in ("behaviour", "endpoints", "all")]
    assert [len(columns) for columns in sets] == [33, 39, 60]
    assert all(columns[:33] == published for columns in sets)


def test_false_alarms_per_day_rest_on_one_week_of_legitimate_packets() -> None:
    assert CARD.benign_rows_per_day == pytest.approx(1_702_245.14, abs=0.01)
