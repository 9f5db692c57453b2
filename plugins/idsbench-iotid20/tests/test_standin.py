"""The stand-in has the published aggregates, agrees with itself and holds nothing real."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from idsbench.errors import DataError
from idsbench_iotid20 import standin
from idsbench_iotid20.dataset import FULL, IoTID20
from idsbench_iotid20.profiles import PROFILES
from idsbench_iotid20.traffic import TRAFFIC

ROWS = 20_000
SCHEMA = IoTID20.schema(FULL)
SUBCATEGORIES = SCHEMA.labels[-1].classes
BEHAVIOUR = SCHEMA.features(IoTID20.card, "behaviour", SCHEMA.columns)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("standin") / "iotid20.csv"
    IoTID20().synthesize(out, ROWS, 0)
    return out


@pytest.fixture(scope="module")
def frame(path: Path) -> pl.DataFrame:
    return pl.read_csv(path)


def test_the_header_is_the_published_one_in_order(path):
    with path.open() as stream:
        header = stream.readline()
    assert header == ",".join(SCHEMA.columns) + "\n"
    assert header.count(",") == 85


def test_it_loads_like_the_real_file(path):
    table = IoTID20().load((path,), FULL)
    assert table.x.shape == (ROWS, 77)
    assert [note.what for note in table.notes] == [
        "infinite rates of flows of duration 0 set to the rate at 1 µs"
    ]


def test_classes_are_mixed_as_published(frame):
    counts = dict(frame["Sub_Cat"].value_counts().iter_rows())
    total = sum(profile.rows for profile in PROFILES)
    assert total == 625_783
    for name, profile in zip(SUBCATEGORIES, PROFILES, strict=True):
        assert counts[name] == pytest.approx(profile.rows / total * ROWS, abs=2)


def test_the_full_size_has_the_published_counts():
    published = [profile.rows for profile in PROFILES]
    assert standin.class_rows(625_783).tolist() == published


def test_every_class_has_a_row_even_in_the_smallest_file(tmp_path):
    IoTID20().synthesize(tmp_path / "small.csv", 9, 0)
    assert pl.read_csv(tmp_path / "small.csv")["Sub_Cat"].n_unique() == 9
    with pytest.raises(DataError) as caught:
        IoTID20().synthesize(tmp_path / "none.csv", 8, 0)
    assert str(caught.value) == (
        f"{tmp_path / 'none.csv'}: a stand-in needs at least 9 rows, one of each class, not 8"
    )


def test_every_address_is_a_documentation_address(frame):
    prefixes = tuple(mark.decode() for mark in IoTID20.card.standin_marks)
    for column in ("Src_IP", "Dst_IP", "Flow_ID"):
        assert all(text.startswith(prefixes) for text in frame[column].unique())
    parts = frame["Flow_ID"].str.split("-")
    assert parts.list.get(1).str.contains(r"^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$").all()


def test_a_flow_id_names_both_ends_and_the_protocol(frame):
    for row in frame.head(300).iter_rows(named=True):
        ends = [(row["Src_IP"], row["Src_Port"]), (row["Dst_IP"], row["Dst_Port"])]
        (low, low_port), (high, high_port) = sorted(ends, key=lambda end: end[0])
        assert row["Flow_ID"] == f"{low}-{high}-{low_port}-{high_port}-{row['Protocol']}"


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path, path):
    for seed in (0, 1):
        IoTID20().synthesize(tmp_path / f"{seed}.csv", ROWS, seed)
    assert (tmp_path / "0.csv").read_bytes() == path.read_bytes()
    assert (tmp_path / "1.csv").read_bytes() != path.read_bytes()


def test_chunks_share_one_header_and_the_class_mix(tmp_path, monkeypatch):
    monkeypatch.setattr(standin, "CHUNK_ROWS", 700)
    standin.write(tmp_path / "chunks.csv", 3000, 0)
    frame = pl.read_csv(tmp_path / "chunks.csv")
    assert frame.height == 3000
    counts = dict(frame["Sub_Cat"].value_counts().iter_rows())
    assert [counts[name] for name in SUBCATEGORIES] == standin.class_rows(3000).tolist()


def test_exact_duplicates_are_as_many_as_published_overall_and_per_class(frame):
    assert 1 - frame.unique().height / frame.height == pytest.approx(0.2622, abs=0.005)
    for name, profile in zip(SUBCATEGORIES, PROFILES, strict=True):
        rows = frame.filter(pl.col("Sub_Cat") == name)
        published = 1 - profile.distinct / profile.rows
        assert 1 - rows.unique().height / rows.height == pytest.approx(published, abs=0.01)


def test_rows_are_shuffled(frame):
    assert (frame["Sub_Cat"].head(200).n_unique()) >= 7
    moved = frame["Sub_Cat"] != frame["Sub_Cat"].shift(1)
    assert moved.mean() > 0.7


def test_each_attack_comes_in_bursts_between_may_and_september(frame):
    times = frame["Timestamp"].str.to_datetime(SCHEMA.time.format)
    assert times.min().date().isoformat() >= "2019-05-20"
    assert times.max().date().isoformat() <= "2019-09-10"
    for name, profile in zip(SUBCATEGORIES, PROFILES, strict=True):
        seconds = np.sort(times.filter(frame["Sub_Cat"] == name).dt.epoch("s").to_numpy())
        assert (np.diff(seconds) > 3600).sum() + 1 == profile.captures


def test_ten_columns_are_constant_and_eight_repeat_another(frame):
    # Set in about one flow of 20,000, so that a stand-in may have none.
    rare = {"URG_Flag_Cnt", "Bwd_URG_Flags", "ECE_Flag_Cnt", "CWE_Flag_Count"}
    names = set(BEHAVIOUR) - rare
    constant = {name for name in names if frame[name].n_unique() == 1}
    assert constant == {
        "Fwd_PSH_Flags", "Fwd_URG_Flags", "Fwd_Byts/b_Avg", "Fwd_Pkts/b_Avg",
        "Fwd_Blk_Rate_Avg", "Bwd_Byts/b_Avg", "Bwd_Pkts/b_Avg", "Bwd_Blk_Rate_Avg",
        "Init_Fwd_Win_Byts", "Fwd_Seg_Size_Min",
    }  # fmt: skip
    for one, other in (
        ("Subflow_Fwd_Pkts", "Tot_Fwd_Pkts"),
        ("Subflow_Bwd_Pkts", "Tot_Bwd_Pkts"),
        ("Subflow_Fwd_Byts", "TotLen_Fwd_Pkts"),
        ("Subflow_Bwd_Byts", "TotLen_Bwd_Pkts"),
        ("Fwd_Seg_Size_Avg", "Fwd_Pkt_Len_Mean"),
        ("Bwd_Seg_Size_Avg", "Bwd_Pkt_Len_Mean"),
        ("PSH_Flag_Cnt", "Bwd_PSH_Flags"),
        ("URG_Flag_Cnt", "Bwd_URG_Flags"),
    ):
        assert (frame[one] == frame[other]).all()


def test_columns_stay_in_their_published_ranges(frame):
    assert frame["Flow_Duration"].max() <= 99_984
    assert frame["Tot_Bwd_Pkts"].min() == 1
    assert (frame["Tot_Fwd_Pkts"] == 0).mean() >= 0.25
    assert set(frame["Protocol"].unique()) == {0, 6, 17}
    assert frame["Init_Bwd_Win_Byts"].min() == -1
    for name in SCHEMA.columns:
        if "Flag" in name:
            assert set(frame[name].unique()) <= {0, 1}


@pytest.mark.parametrize(
    ("column", "published"),
    [("Flow_Duration", 132), ("Flow_IAT_Mean", 95), ("Flow_Pkts/s", 17_241), ("Idle_Mean", 93.5)],
)
def test_medians_are_near_the_published_ones(frame, column, published):
    assert published / 1.5 < frame[column].median() < published * 1.5


def test_shares_of_flags_are_near_the_published_ones(frame):
    assert frame["SYN_Flag_Cnt"].mean() == pytest.approx(0.0929, abs=0.01)
    assert frame["ACK_Flag_Cnt"].mean() == pytest.approx(0.530, abs=0.03)
    assert frame["PSH_Flag_Cnt"].mean() == pytest.approx(0.026, abs=0.015)


def test_means_lie_between_extremes_and_totals_are_counts_times_means(frame):
    for prefix in ("Fwd_Pkt_Len", "Bwd_Pkt_Len", "Pkt_Len", "Flow_IAT", "Fwd_IAT", "Bwd_IAT"):
        low, mean, high = (frame[f"{prefix}_{end}"] for end in ("Min", "Mean", "Max"))
        assert ((low <= mean + 1e-9) & (mean <= high + 1e-9)).all()
    for side in ("Fwd", "Bwd"):
        product = frame[f"Tot_{side}_Pkts"] * frame[f"{side}_Pkt_Len_Mean"]
        assert np.allclose(product, frame[f"TotLen_{side}_Pkts"])
    packets = frame["Tot_Fwd_Pkts"] + frame["Tot_Bwd_Pkts"]
    assert np.allclose((packets - 1) * frame["Flow_IAT_Mean"], frame["Flow_Duration"])


def test_rates_are_totals_by_duration_and_infinite_at_duration_0(frame):
    packets = frame["Tot_Fwd_Pkts"] + frame["Tot_Bwd_Pkts"]
    zero = frame["Flow_Duration"] == 0
    assert 0 < zero.mean() < 0.005
    assert frame["Flow_Pkts/s"].filter(zero).is_infinite().all()
    moving = frame.filter(~zero)
    expected = packets.filter(~zero) / moving["Flow_Duration"] * 1e6
    assert np.allclose(expected, moving["Flow_Pkts/s"])
    assert frame["Fwd_Pkts/s"].is_finite().all()


def test_idle_times_are_the_longer_gaps(frame):
    calm = frame.filter(pl.col("Flow_IAT_Min") > 5)
    for end in ("Mean", "Std", "Max", "Min"):
        assert np.allclose(calm[f"Idle_{end}"], calm[f"Flow_IAT_{end}"])
    assert (frame["Idle_Max"] <= frame["Flow_IAT_Max"]).all()


def test_some_vectors_have_both_labels(frame):
    behaviour = list(BEHAVIOUR)
    both = frame.group_by(behaviour).agg(pl.col("Label").n_unique()).filter(pl.col("Label") > 1)
    assert both.height > 0


def test_shares_of_traffic_are_known_and_sum_to_one():
    for profile in PROFILES:
        assert sum(profile.mix.values()) == pytest.approx(1)
        assert set(profile.mix) <= set(TRAFFIC)


def test_detection_from_behaviour_is_neither_trivial_nor_hopeless(path):
    ensemble = pytest.importorskip("sklearn.ensemble")
    metrics = pytest.importorskip("sklearn.metrics")
    table = IoTID20().load((path,), FULL)
    y = table.labels["binary"].codes
    order = np.random.default_rng(0).permutation(len(y))
    train, test = order[: int(0.7 * len(y))], order[int(0.85 * len(y)) :]
    forest = ensemble.RandomForestClassifier(50, random_state=0).fit(table.x[train], y[train])
    score = metrics.balanced_accuracy_score(y[test], forest.predict(table.x[test]))
    assert 0.85 <= score <= 0.97
