from __future__ import annotations

import numpy as np
import pytest

from idsbench.errors import CellError
from idsbench_images.image import Image


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
@pytest.mark.parametrize("layout", ["as-is", "sorted"])
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
    order = image.state()["order"]
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
    assert binary.state()["order"].tolist() == many.state()["order"].tolist()


def test_sorted_keeps_the_tables_order_where_one_class_is_all_there_is():
    x, y = rows()
    image = Image(layout="sorted")
    image.fit(x, np.zeros_like(y))
    assert image.state()["order"].tolist() == list(range(33))


def test_labels_do_not_change_the_pixels_of_as_is():
    x, y = rows()
    one, other = Image(), Image()
    one.fit(x, y)
    other.fit(x, 1 - y)
    np.testing.assert_array_equal(one.layout(one.transform(x)), other.layout(other.transform(x)))


@pytest.mark.parametrize("layout", ["as-is", "sorted"])
def test_each_row_is_drawn_by_itself(layout):
    x, _ = rows()
    image = fitted(layout=layout, scale="quantile")
    order = np.random.default_rng(1).permutation(len(x))[:100]
    whole = image.layout(image.transform(x))
    np.testing.assert_array_equal(image.layout(image.transform(x[order])), whole[order])


@pytest.mark.parametrize("layout", ["as-is", "sorted"])
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
