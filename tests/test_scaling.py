from __future__ import annotations

import numpy as np
import pytest

from idsbench import scaling
from idsbench.errors import CellError
from idsbench.scaling import SCALES, UNIT_SCALES, Scaler

OFFERED = [(s, False) for s in SCALES] + [(s, True) for s in UNIT_SCALES]


@pytest.fixture
def x() -> np.ndarray:
    rng = np.random.default_rng(0)
    columns = [
        rng.normal(5, 2, 4_000),
        rng.exponential(1e6, 4_000) * rng.choice([-1, 1], 4_000),
        rng.integers(0, 3, 4_000),
        np.full(4_000, 0.1),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def fitted(scale: str, x: np.ndarray, *, unit: bool = False) -> Scaler:
    scaler = Scaler(scale, unit=unit)
    scaler.fit(x)
    return scaler


def test_standard_gives_mean_zero_and_deviation_one(x):
    out = fitted("standard", x).transform(x).astype(np.float64)
    np.testing.assert_allclose(out[:, :3].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(out[:, :3].std(axis=0), 1, atol=1e-6)


def test_standard_agrees_with_the_plain_formula_in_float64(x):
    exact = x[:, :3].astype(np.float64)
    exact = (exact - exact.mean(axis=0)) / exact.std(axis=0)
    np.testing.assert_allclose(fitted("standard", x).transform(x)[:, :3], exact, rtol=1e-6)


def test_standard_keeps_microseconds_apart_in_a_column_with_deviation_one():
    steps = np.arange(1_000) * 1e-6
    column = np.concatenate([steps, np.tile([-1.0, 1.0], 20_000)]).astype(np.float32)
    out = fitted("standard", column[:, None]).transform(column[:, None])
    assert len(np.unique(column[:1_000])) == 1_000
    assert len(np.unique(out[:1_000])) == 1_000


# Not "standard": near -0.6 float32 steps by 6e-8, so centring costs such a column these gaps.
@pytest.mark.parametrize(
    ("scale", "unit"), [("minmax", False), ("minmax", True), ("log", True), ("none", False)]
)
def test_microseconds_stay_apart_in_a_column_that_also_holds_an_hour(scale, unit):
    column = np.array([1e-6, 2e-6, 3e-6, 0.5, 3_600.0], dtype=np.float32)[:, None]
    assert len(np.unique(fitted(scale, column, unit=unit).transform(column))) == 5


def test_a_large_offset_does_not_spoil_the_deviation():
    column = (16_000_000 + np.tile([0, 1], 5_000)).astype(np.float32)[:, None]
    np.testing.assert_array_equal(
        np.unique(fitted("standard", column).transform(column)), [-1.0, 1.0]
    )


def test_log_keeps_the_sign_and_is_then_standardised(x):
    logged = np.sign(x) * np.log1p(np.abs(x.astype(np.float64)))
    exact = (logged - logged.mean(axis=0))[:, :3] / logged.std(axis=0)[:3]
    np.testing.assert_allclose(fitted("log", x).transform(x)[:, :3], exact, rtol=1e-5, atol=1e-7)


def test_log_for_images_ends_in_min_max(x):
    out = fitted("log", x, unit=True).transform(x)[:, :3]
    np.testing.assert_array_equal(out.min(axis=0), 0)
    np.testing.assert_array_equal(out.max(axis=0), 1)


def test_minmax_maps_the_fitted_range_to_unit_and_keeps_what_lies_beyond():
    scaler = fitted("minmax", np.array([[2.0], [4.0]], np.float32))
    out = scaler.transform(np.array([[1.0], [2.0], [3.0], [6.0]], np.float32))
    np.testing.assert_array_equal(out, np.array([[-0.5], [0.0], [0.5], [2.0]], np.float32))


@pytest.mark.parametrize("scale", UNIT_SCALES)
def test_unit_output_is_clipped_to_zero_and_one(x, scale):
    out = fitted(scale, x, unit=True).transform(np.concatenate([x * 10, x]))
    assert out.min() == 0
    assert out.max() == 1


def test_quantile_is_the_place_in_the_columns_distribution():
    column = np.random.default_rng(1).permutation(np.arange(10_001)).astype(np.float32)[:, None]
    out = fitted("quantile", column).transform(column)
    np.testing.assert_allclose(out[:, 0], column[:, 0] / 10_000, atol=1e-7)


def test_quantile_keeps_at_most_a_thousand_references(x):
    assert fitted("quantile", x).state()["quantiles"].shape == (1_000, 4)
    assert fitted("quantile", x[:7]).state()["quantiles"].shape == (7, 4)


def test_quantile_ties_get_the_middle_of_their_run():
    column = np.repeat([0.0, 1.0, 2.0], [100, 200, 100]).astype(np.float32)[:, None]
    out = fitted("quantile", column).transform(np.array([[0.0], [1.0], [2.0]], np.float32))
    np.testing.assert_allclose(out[:, 0], [0.0, 0.5, 1.0], atol=1e-6)


def test_quantile_puts_unseen_extremes_at_the_ends(x):
    out = fitted("quantile", x).transform(np.array([[-1e30] * 4, [1e30] * 4], np.float32))
    np.testing.assert_array_equal(out[:, :3], [[0] * 3, [1] * 3])


def test_none_changes_nothing(x):
    np.testing.assert_array_equal(fitted("none", x).transform(x), x)


@pytest.mark.parametrize(("scale", "unit"), [(s, u) for s, u in OFFERED if s != "none"])
def test_a_constant_column_stays_and_becomes_zero_even_where_a_new_value_appears(x, scale, unit):
    scaler = fitted(scale, x, unit=unit)
    new = x.copy()
    new[::2, 3] = 60_000
    out = scaler.transform(new)
    assert out.shape == x.shape
    np.testing.assert_array_equal(out[:, 3], 0)


@pytest.mark.parametrize(("scale", "unit"), OFFERED)
def test_output_is_finite_float32_for_the_largest_and_the_smallest_floats(scale, unit):
    tiny, huge = np.finfo(np.float32).smallest_subnormal, np.finfo(np.float32).max
    scaler = fitted(scale, np.array([[0.0, -huge], [tiny, huge]], np.float32), unit=unit)
    out = scaler.transform(np.array([[huge, huge], [-huge, -huge], [0, 0]], np.float32))
    assert out.dtype == np.float32
    assert np.isfinite(out).all()


@pytest.mark.parametrize(("scale", "unit"), OFFERED)
def test_chunks_change_nothing(x, scale, unit, monkeypatch):
    whole = fitted(scale, x, unit=unit).transform(x)
    monkeypatch.setattr(scaling, "CHUNK_VALUES", 1_000)
    np.testing.assert_allclose(fitted(scale, x, unit=unit).transform(x), whole, rtol=1e-6)


@pytest.mark.parametrize(("scale", "unit"), OFFERED)
def test_each_row_is_scaled_by_itself(x, scale, unit):
    scaler = fitted(scale, x, unit=unit)
    order = np.random.default_rng(2).permutation(len(x))[:1_500]
    np.testing.assert_array_equal(scaler.transform(x[order]), scaler.transform(x)[order])


@pytest.mark.parametrize(("scale", "unit"), OFFERED)
def test_a_restored_scaler_gives_the_same_bytes(x, scale, unit, tmp_path):
    scaler = fitted(scale, x, unit=unit)
    np.savez(tmp_path / "state.npz", **scaler.state())
    again = Scaler(scale, unit=unit)
    with np.load(tmp_path / "state.npz", allow_pickle=False) as state:
        again.restore(state)
    np.testing.assert_array_equal(again.transform(x), scaler.transform(x))


@pytest.mark.parametrize(("scale", "unit"), OFFERED)
def test_the_input_is_left_as_it_was(x, scale, unit):
    before = x.copy()
    fitted(scale, x, unit=unit).transform(x)
    np.testing.assert_array_equal(x, before)


def test_a_scaler_without_rows_says_so():
    with pytest.raises(CellError) as error:
        Scaler("standard").fit(np.empty((0, 3), np.float32))
    assert str(error.value) == "scaling needs at least one row and is given none: use more data"


def test_a_scaler_that_was_not_fitted_says_so(x):
    with pytest.raises(RuntimeError) as error:
        Scaler("minmax").transform(x)
    assert str(error.value) == "the scaler was not fitted: call fit or restore before transform"


@pytest.mark.parametrize(
    ("scale", "unit", "sentence"),
    [
        (
            "robust",
            False,
            "scale=robust is not offered here: use one of standard, log, quantile, minmax, none",
        ),
        ("none", True, "scale=none is not offered here: use one of minmax, log, quantile"),
        ("standard", True, "scale=standard is not offered here: use one of minmax, log, quantile"),
    ],
)
def test_a_scale_that_is_not_offered_is_refused_with_those_that_are(scale, unit, sentence):
    with pytest.raises(ValueError, match="not offered") as error:
        Scaler(scale, unit=unit)
    assert str(error.value) == sentence
