from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench_images.image import Image

LAYOUTS = ["as-is", "sorted", "correlated", "igtd"]


def rows(n: int = 500, d: int = 33) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n).astype(np.int16)
    x = rng.normal(size=(n, d)).astype(np.float32)
    x[:, 7] += 3 * y
    x[:, 20] -= 1 * y
    x[:, 4] = 12.5
    return x, y


def fitted(**parameters: str) -> Image:
    image = Image(**parameters)
    image.fit(*rows())
    return image


@pytest.mark.parametrize(("d", "side"), [(1, 1), (4, 2), (5, 3), (33, 6), (36, 6), (76, 9)])
def test_auto_gives_the_least_square_that_holds_all_columns(d, side):
    x, y = rows(d=max(d, 21))
    x = x[:, :d]
    image = Image()
    image.fit(x, y)
    assert image.layout(image.transform(x)).shape == (500, side, side, 1)


def test_pixels_are_the_columns_in_order_then_zeros():
    x, _ = rows()
    image = fitted(size="8")
    values = image.transform(x)
    flat = image.layout(values).reshape(len(x), 64)
    np.testing.assert_array_equal(flat[:, :33], values)
    np.testing.assert_array_equal(flat[:, 33:], 0)


@pytest.mark.parametrize("scale", ["minmax", "log", "quantile"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_pixels_are_float32_from_zero_to_one_on_rows_beyond_the_fitted_range(scale, layout):
    x, _ = rows()
    image = fitted(scale=scale, layout=layout)
    out = image.layout(image.transform(x * 100))
    assert out.dtype == np.float32
    assert out.min() == 0
    assert out.max() == 1


def test_sorted_puts_the_columns_most_correlated_with_attacks_first_and_constants_last():
    x, y = rows()
    image = fitted(layout="sorted")
    order = np.argsort(image.state()["places"])
    varying = np.delete(np.arange(33), 4)
    exact = [abs(np.corrcoef(x[:, j].astype(float), y)[0, 1]) for j in varying]
    assert order.tolist() == [*varying[np.argsort(exact)[::-1]].tolist(), 4]
    assert order[:2].tolist() == [7, 20]
    values = image.transform(x)
    flat = image.layout(values).reshape(len(x), 36)
    np.testing.assert_array_equal(flat[:, :33], values[:, order])


def test_sorted_counts_all_attack_classes_alike():
    x, y = rows()
    finest = np.where(y > 0, np.arange(len(y)) % 4 + 1, 0).astype(np.int16)
    binary, many = Image(layout="sorted"), Image(layout="sorted")
    binary.fit(x, y)
    many.fit(x, finest)
    assert binary.state()["places"].tolist() == many.state()["places"].tolist()


def test_sorted_keeps_the_tables_order_where_one_class_is_all_there_is():
    x, y = rows()
    image = Image(layout="sorted")
    image.fit(x, np.zeros_like(y))
    assert image.state()["places"].tolist() == list(range(33))


@pytest.mark.parametrize("layout", ["as-is", "correlated", "igtd"])
def test_labels_change_the_pixels_of_sorted_alone(layout):
    x, y = rows()
    one, other = Image(layout=layout), Image(layout=layout)
    one.fit(x, y)
    other.fit(x, y[::-1])
    np.testing.assert_array_equal(one.layout(one.transform(x)), other.layout(other.transform(x)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_row_is_drawn_by_itself(layout):
    x, _ = rows()
    image = fitted(layout=layout, scale="quantile")
    order = np.random.default_rng(1).permutation(len(x))[:100]
    whole = image.layout(image.transform(x))
    np.testing.assert_array_equal(image.layout(image.transform(x[order])), whole[order])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("scale", ["minmax", "log", "quantile"])
def test_a_restored_featurizer_draws_the_same_images(layout, scale, tmp_path):
    x, _ = rows()
    image = fitted(layout=layout, scale=scale)
    np.savez(tmp_path / "state.npz", **image.state())
    again = Image(layout=layout, scale=scale)
    with np.load(tmp_path / "state.npz", allow_pickle=False) as state:
        again.restore(state)
    np.testing.assert_array_equal(
        again.layout(again.transform(x)), image.layout(image.transform(x))
    )


def test_a_size_too_small_for_the_columns_is_refused_before_any_work():
    with pytest.raises(CellError) as error:
        fitted(size="5")
    assert str(error.value) == (
        "image[size=5] has 25 pixels and the rows have 33 columns: use size=6 or size=auto"
    )


@pytest.mark.parametrize("size", ["big", "0", "65", "-3", "6.0", "", "²"])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(CellError) as error:
        Image(size=size)
    assert str(error.value) == (
        f"image[size={size}] is not a size: use auto or a whole number from 1 to 64"
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_value_is_drawn_once_at_its_columns_place(layout):
    x, _ = rows()
    image = fitted(layout=layout, size="7")
    values = image.transform(x)
    flat = image.layout(values).reshape(len(x), 49)
    at = image.state().get("places", np.arange(33))
    np.testing.assert_array_equal(flat[:, at], values)
    assert not np.delete(flat, at, axis=1).any()


@pytest.mark.parametrize("layout", ["correlated", "igtd"])
def test_correlated_columns_become_neighbours(layout):
    rng = np.random.default_rng(0)
    parents = rng.normal(size=(2_000, 4))
    x = np.repeat(parents, 4, axis=1)[:, rng.permutation(16)]
    x = (x + 0.2 * rng.normal(size=x.shape)).astype(np.float32)
    image = Image(layout=layout)
    image.fit(x, np.zeros(2_000, np.int16))
    r = np.corrcoef(x, rowvar=False)
    at = image.state()["places"]
    points = np.stack(np.divmod(at, 4), axis=1)
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    other = ~np.eye(16, dtype=bool)
    assert distance[(r > 0.5) & other].mean() < 0.7 * distance[r < 0.5].mean()


@pytest.mark.parametrize(("d", "side"), [(3, 1), (4, 2), (12, 2), (13, 3), (33, 4), (76, 6)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_in_colour_three_columns_share_a_pixel(layout, d, side):
    x, y = rows(n=200, d=max(d, 21))
    x = x[:, :d]
    image = Image(layout=layout, channels=3)
    image.fit(x, y)
    values = image.transform(x)
    drawn = image.layout(values)
    assert drawn.shape == (200, side, side, 3)
    at = image.state().get("places", np.arange(d))
    np.testing.assert_array_equal(drawn.reshape(200, -1)[:, at], values)


def test_a_colour_image_too_small_for_the_columns_is_refused():
    with pytest.raises(CellError) as error:
        fitted(size="3", channels=3)
    assert str(error.value) == (
        "image[size=3] has 9 pixels of 3 channels and the rows have 33 columns: "
        "use size=4 or size=auto"
    )


def test_more_rows_than_a_chunk_are_drawn_like_few(monkeypatch):
    x, _ = rows()
    image = fitted(layout="sorted")
    whole = image.layout(image.transform(x))
    monkeypatch.setattr("idsbench_images.image.CHUNK_ROWS", 7)
    np.testing.assert_array_equal(image.layout(image.transform(x)), whole)


def test_restoring_and_drawing_imports_no_scipy():
    code = "import sys, idsbench_images.image; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
