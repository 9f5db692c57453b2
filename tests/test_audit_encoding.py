"""Codes given to each part by itself are told from codes that the whole table shares."""

from __future__ import annotations

import numpy as np

from idsbench.audit_encoding import is_coded_apart

RNG = np.random.default_rng(0)
TEXTS = RNG.permutation(60)[RNG.zipf(1.4, size=2000) % 60]


def _codes(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1].astype(np.float32)


def test_parts_that_were_encoded_one_by_one_are_found():
    assert is_coded_apart(_codes(TEXTS[:1700]), _codes(TEXTS[1700:]))


def test_codes_that_the_whole_table_shares_are_left_alone_however_it_is_cut():
    codes = _codes(TEXTS)
    for cut in range(200, 1900, 100):
        assert not is_coded_apart(codes[:cut], codes[cut:])


def test_parts_of_equally_many_codes_may_differ_in_their_mix():
    rare = RNG.choice(12, size=1000, p=np.r_[0.78, np.full(11, 0.02)])
    assert not is_coded_apart(_codes(rare), _codes(11 - rare))


def test_gaps_fractions_and_few_values_are_no_codes():
    apart = _codes(TEXTS[:1700]), _codes(TEXTS[1700:])
    assert not is_coded_apart(apart[0] * 2, apart[1] * 2)
    assert not is_coded_apart(apart[0] / 2, apart[1] / 2)
    assert not is_coded_apart(apart[0] % 4, apart[1] % 3)
    assert not is_coded_apart(apart[0][:0], apart[1])
