"""Measured scores stand below the published ones of their sampler, with every protocol, unranked."""

from __future__ import annotations

from idsbench.claims_published import shipped_claims
from idsbench.suite_published import NOTE, TITLE, beside, claim_name, render

CLAIMS = {claim_name(claim): claim for claim in shipped_claims()}


def _record(protocol="clean", seed=0, **changes):
    row = {
        **{"cell": f"{protocol}-{seed}", "identity": protocol, "status": "ok", "flags": []},
        **{"dataset": "mqttset", "variant": "excerpt", "origin_sha256": "aa", "task": "binary"},
        **{"sampler": "none", "featurizer": "image", "model": "cnn[epochs=2]", "target": "cpu"},
        **{"protocol": protocol, "seed": seed, "accuracy": 0.5, "precision": 0.25, "recall": 0.75},
        **{"f1": 0.375, "fpr": 0.125, "auc_roc": 0.625, "row_unit": "packet", "reason": ""},
    }
    return row | changes


def test_a_published_row_comes_first_with_its_verdict():
    published, measured = beside([_record()], [CLAIMS["paper-c/imbalanced"]])
    assert published == {
        "row": "paper-c/imbalanced",
        "what": "published: impossible",
        "sampler": "none",
        "protocol": "-",
        "seeds": "-",
        "accuracy": "0.9861",
        "precision": "0.9420",
        "recall": "0.9215",
        "F1": "0.9316",
        "FPR": "0.0139",
        "AUC": "-",
    }
    assert measured == {
        "row": "paper-c/imbalanced",
        "what": "measured: image cnn",
        "sampler": "none",
        "protocol": "clean",
        "seeds": "1",
        "accuracy": "0.5000",
        "precision": "0.2500",
        "recall": "0.7500",
        "F1": "0.3750",
        "FPR": "0.1250",
        "AUC": "0.6250",
    }


def test_seeds_are_merged_into_their_mean():
    _, measured = beside([_record(), _record(seed=1, fpr=0.25)], [CLAIMS["paper-c/imbalanced"]])
    assert (measured["seeds"], measured["FPR"]) == ("2", "0.1875")


def test_other_samplers_models_and_datasets_are_left_out():
    records = [
        _record(sampler="rus", identity="rus"),
        _record(model="dummy"),
        _record(dataset="iotid20"),
    ]
    assert [
        row["what"] for row in beside([*records, _record()], [CLAIMS["paper-c/imbalanced"]])
    ] == [
        "published: impossible",
        "measured: image cnn",
    ]


def test_support_weighted_scores_have_a_line_of_their_own():
    weighted = {"precision_weighted": 0.9, "recall_weighted": 0.8, "f1_weighted": 0.7}
    _, plain, other = beside([_record(**weighted)], [CLAIMS["paper-c/imbalanced"]])
    assert (plain["precision"], other["precision"], other["FPR"]) == ("0.2500", "0.9000", "0.1250")
    assert other["what"] == "measured: image cnn, support-weighted"


def test_a_line_with_a_failed_seed_has_no_scores():
    records = [_record(), _record(seed=1, status="failed", fpr=None)]
    _, measured = beside(records, [CLAIMS["paper-c/imbalanced"]])
    assert measured["what"] == "measured: image cnn (1 of 2 ok)"
    assert "FPR" not in measured


def test_nothing_is_shown_where_nothing_published_fits():
    assert render([_record(model="dummy")], CLAIMS.values(), "table") == ""


def test_the_table_has_its_title_and_its_note_in_each_format():
    claims = [CLAIMS["paper-c/imbalanced"]]
    assert render([_record()], claims, "table").startswith(f"{TITLE}\n\n{NOTE}\n\nrow ")
    assert render([_record()], claims, "markdown").startswith(f"## {TITLE}\n\n{NOTE}\n\n| row ")
