import fnmatch
import re

import pytest

from idsbench_mqttset.card import CARD, PER_CLASS, class_of_file


def layout_of(name: str) -> str | None:
    """Name the first layout with a slot that matches, as the core looks files up."""
    plain = re.sub(r"[\s_-]+", "", name.lower())
    if any(fnmatch.fnmatchcase(plain, pattern) for pattern in CARD.ignore):
        return None
    for layout in CARD.layouts:
        if any(fnmatch.fnmatchcase(plain, pattern) for slot in layout.slots for pattern in slot):
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


def test_every_slot_of_the_per_class_layout_leads_to_one_class() -> None:
    slots = next(layout.slots for layout in CARD.layouts if layout.name == PER_CLASS)
    found = [{class_of_file(pattern.replace("*", "")) for pattern in slot} for slot in slots]
    assert found == [
        {"legitimate"},
        {"bruteforce"},
        {"malformed"},
        {"slowite"},
        {"flood"},
        {"dos"},
    ]


def test_false_alarms_per_day_rest_on_one_week_of_legitimate_packets() -> None:
    assert CARD.benign_rows_per_day == pytest.approx(1_702_245.14, abs=0.01)
