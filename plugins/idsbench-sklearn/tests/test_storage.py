from __future__ import annotations

from idsbench_sklearn.storage import read_estimator, write_estimator


def test_what_is_read_is_what_was_written_to_one_file(tmp_path):
    write_estimator(tmp_path, {"any": "thing"}, 7)
    assert len(list(tmp_path.iterdir())) == 1
    assert read_estimator(tmp_path) == ({"any": "thing"}, 7)
