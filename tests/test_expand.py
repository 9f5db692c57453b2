"""What the user leaves open of a protocol becomes cells: folds, datasets to train on, manifests."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from idsbench.catalog import load_catalog
from idsbench.cells import Source
from idsbench.errors import RequestError, StoreError
from idsbench.expand import expand, fold_of
from idsbench.manifest import read_manifest, save_manifest
from idsbench.plan import Request, make_plan
from idsbench.selection import Spec, select
from idsbench.values import Card, Component, FlowColumn, Layout, Origin

CATALOG = load_catalog()
FLOW = {"duration_s": FlowColumn("dur"), "fwd_bytes": FlowColumn("kb", 1000.0)}


def _source(name: str, variant: str = "full", coverage: float | None = 1.0, **card) -> Source:
    fields = {"layouts": (Layout("one", ((f"{name}.csv",),), 9),), "row_unit": "flow", **card}
    origin = Origin((), "one", name * 8, 9, variant, coverage)
    spec = Spec(Component("dataset", name, "s", "m:a"), ())
    return Source(spec, Card(name=name, title=name, benign="0", **fields), origin)


def _protocol(text: str) -> Spec:
    (spec,) = select(CATALOG, "protocol", text)
    return spec


def _places(source: Source, text: str, *others: Source):
    def find(name: str) -> list[Source]:
        return [one for one in others if one.spec.name == name]

    return expand(source, _protocol(text), [source, *others], find)


def _problem(source: Source, text: str, *others: Source) -> str:
    with pytest.raises(RequestError) as caught:
        _places(source, text, *others)
    return str(caught.value)


def test_a_plain_protocol_is_one_place():
    source = _source("a")
    (place,) = _places(source, "clean")
    assert (place.source, place.protocol.text, place.skip) == (source, "clean", "")
    assert fold_of(place.protocol) == ""


def test_numbered_folds_are_one_place_each_or_the_one_named():
    places = _places(_source("a"), "leave-one-group-out[folds=3]")
    assert [place.protocol.identity for place in places] == [
        f"leave-one-group-out[fold={fold},folds=3]" for fold in range(3)
    ]
    (place,) = _places(_source("a"), "leave-one-group-out[fold=4]")
    assert fold_of(place.protocol) == "fold=4"
    assert _problem(_source("a"), "leave-one-group-out[fold=5]") == (
        "protocol 'leave-one-group-out', fold=5: with folds=5 there are 0 to 4"
    )


def test_listed_folds_are_those_of_the_card():
    source = _source("a", attacks=("dos", "Port Scan"))
    places = _places(source, "leave-one-attack-out")
    assert [fold_of(place.protocol) for place in places] == ["attack=dos", "attack=Port Scan"]
    (place,) = _places(source, "leave-one-attack-out[attack=port scan]")
    assert place.skip == ""


def test_an_attack_that_the_card_does_not_know_is_skipped_with_the_nearest():
    (place,) = _places(_source("a", attacks=("dos", "scan")), "leave-one-attack-out[attack=scam]")
    assert place.skip == "'a' has no attack 'scam': did you mean scan?"
    (place,) = _places(_source("a"), "leave-one-attack-out")
    assert place.skip == (
        "the card of 'a' lists no attacks: name one with leave-one-attack-out[attack=NAME]"
    )


def test_what_a_glob_selects_gives_no_place_that_cannot_run():
    spec = replace(_protocol("leave-one-attack-out"), named=False)
    assert expand(_source("a"), spec, [], lambda _: []) == ()
    spec = replace(_protocol("cross-dataset"), named=False)
    assert expand(_source("a"), spec, [], lambda _: []) == ()


def test_every_other_selected_dataset_is_trained_on_or_the_one_named():
    a, b, c = (_source(name, flow=FLOW) for name in "abc")
    places = _places(a, "cross-dataset", b, c)
    assert [place.protocol.text for place in places] == [
        "cross-dataset[train=b]",
        "cross-dataset[train=c]",
    ]
    (place,) = _places(a, "cross-dataset[train=c]", b, c)
    assert [part.spec.name for part in place.source.parts] == ["c", "a"]
    assert place.source.spec.name == "a"
    assert _problem(a, "cross-dataset") == (
        "protocol 'cross-dataset' needs a dataset to train on: cross-dataset[train=NAME], or "
        "select two datasets"
    )


def test_a_pair_of_datasets_is_no_better_than_the_worse():
    full = _source("a", flow=FLOW)
    (place,) = _places(full, "cross-dataset", _source("b", "excerpt", 0.5, flow=FLOW))
    assert (place.source.origin.variant, place.source.origin.coverage) == ("excerpt", 0.5)
    (place,) = _places(full, "cross-dataset", _source("b", "stand-in", None, flow=FLOW))
    assert (place.source.text, place.source.origin.coverage) == ("a[stand-in]", None)
    (other,) = _places(_source("b", flow=FLOW), "cross-dataset", full)
    assert other.source.origin.sha256 != place.source.origin.sha256


def test_datasets_that_share_no_flow_column_are_skipped_with_the_reason():
    a, bare = _source("a", flow=FLOW), _source("bare")
    (place,) = _places(a, "cross-dataset", bare)
    assert place.skip == "the card of 'bare' maps nothing to the canonical flow schema"
    (place,) = _places(a, "cross-dataset", _source("b", flow={"protocol": FlowColumn("p")}))
    assert place.skip == "the cards of 'b' and 'a' have no canonical flow column in common"
    (place,) = _places(a, "cross-dataset[train=a]", replace(a))
    assert place.skip == "'a' would be trained on itself: name another dataset"


def _manifest(folder, **changes) -> str:
    about = {
        "dataset": "a",
        "layout": "one",
        "origin_sha256": "a" * 64,
        "task": "binary",
        "protocol": "clean",
        "seed": 0,
        "resampled": False,
        "notes": [],
    }
    hashes = np.arange(4, dtype=np.uint64)
    parts = {"train": np.array([0, 1]), "valid": np.array([2]), "test": np.array([3])}
    return str(folder / save_manifest(folder, hashes, parts, {**about, **changes}))


def test_a_split_manifest_is_named_by_its_content_in_the_identity(tmp_path):
    file = _manifest(tmp_path)
    (place,) = _places(_source("a"), f"frozen[manifest={file}]")
    name = read_manifest(tmp_path / file).name
    assert place.protocol.identity == f"frozen[split={name}]"
    assert place.protocol.parameters["manifest"] == file


def test_a_split_manifest_that_cannot_serve_is_refused_before_anything_runs(tmp_path):
    assert _problem(_source("a"), "frozen") == (
        "protocol 'frozen' needs a split manifest: --split-manifest FILE"
    )
    file = _manifest(tmp_path)
    assert (
        _problem(_source("b"), f"frozen[manifest={file}]") == f"{file}: is a split of a, not of b"
    )
    file = _manifest(tmp_path, resampled=True, protocol="paper-whole")
    assert _problem(_source("a"), f"frozen[manifest={file}]") == (
        f"{file}: paper-whole resampled the table before this split, so its rows cannot be given "
        "back their parts"
    )
    with pytest.raises(StoreError):
        _places(_source("a"), f"frozen[manifest={tmp_path / 'none'}]")


def test_the_plan_takes_a_split_manifest_in_place_of_protocols(faults, tmp_path):
    with pytest.raises(RequestError) as caught:
        make_plan(faults, Request("toy", protocols="grouped", split_manifest=tmp_path))
    assert (
        str(caught.value) == "--split-manifest takes the place of --protocols: give one of the two"
    )
    first = make_plan(faults, Request("toy", models="faulty", baselines=False)).cells[0]
    file = _manifest(tmp_path, dataset=first.source.spec.identity)
    plan = make_plan(
        faults, Request("toy", models="faulty", baselines=False, split_manifest=tmp_path / file)
    )
    assert [cell.protocol.name for cell in plan.cells] == ["frozen"]


def test_cells_of_two_datasets_depend_on_both(faults):
    toy = make_plan(faults, Request("toy", models="faulty", baselines=False)).cells[0]
    source = replace(toy.source, card=replace(toy.source.card, flow=FLOW))
    other = replace(source, origin=replace(source.origin, sha256="0" * 64))
    pair = replace(toy, source=replace(source, parts=(other, source)))
    assert json.loads(pair.identity)["dataset"] == json.loads(toy.identity)["dataset"]
    assert [c.name for c in pair.components][:2] == ["toy", "toy"]
