"""The first sighting of a file stays until the user puts another there."""

from __future__ import annotations

import pytest

from idsbench import sightings
from idsbench.errors import StoreError


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def test_the_first_hash_stays_whatever_is_seen_later():
    assert sightings.see("a", "1" * 64).sha256 == "1" * 64
    assert sightings.see("a", "2" * 64).sha256 == "1" * 64
    assert sightings.see("b", "3" * 64).sha256 == "3" * 64
    assert {key: one.sha256[0] for key, one in sightings.known().items()} == {"a": "1", "b": "3"}


def test_a_file_that_the_user_replaced_is_seen_for_the_first_time_again():
    sightings.see("a", "1" * 64)
    sightings.replace("a", "2" * 64)
    assert sightings.see("a", "9" * 64).sha256 == "2" * 64


def test_a_damaged_record_is_said_and_not_forgotten():
    sightings.see("a", "1" * 64)
    path = sightings.sightings_file()
    path.write_text('{"a": 3}', encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        sightings.see("a", "1" * 64)
    assert str(caught.value) == (
        f"{path}: the record of first sightings cannot be read: restore or delete it"
    )
    assert path.read_text(encoding="utf-8") == '{"a": 3}'
