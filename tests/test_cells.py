"""A cell's identity, id and cache keys change with what they name, and with nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from idsbench import cells
from idsbench.cells import (
    Cell,
    Source,
    cell_id,
    prepared_key,
    protocol_traits,
    reference,
    table_key,
    training_key,
)
from idsbench.plan import Request, make_plan
from idsbench.selection import default_spec, select, select_chains
from idsbench.values import Component, Origin, ProtocolTraits

ORIGIN = Origin((Path("/data/toy.csv"),), "toy", "ab" * 32, 600, "full", 1.0)


@pytest.fixture
def cell(faults) -> Cell:
    (planned,) = make_plan(
        faults, Request(datasets="toy", models="faulty", samplers="smote", baselines=False)
    ).cells
    return replace(planned, source=replace(planned.source, origin=ORIGIN))


def _at(cell: Cell, **changes) -> Cell:
    return replace(cell, source=replace(cell.source, origin=replace(ORIGIN, **changes)))


def _picked(faults, kind: str, text: str):
    return select(faults, kind, text)[0]


def test_the_identity_holds_every_parameter_and_neither_seed_nor_data(cell):
    assert json.loads(cell.identity) == {
        "dataset": "toy[fault=none]",
        "task": "binary",
        "protocol": "clean",
        "sampler": "smote[k=5,ratio=1.0]",
        "featurizer": "table[scale=standard]",
        "model": "faulty[fault=good,max_rows=none]",
        "target": "cpu[threads=1]",
    }
    assert replace(cell, seed=9).identity == cell.identity
    assert _at(cell, sha256="cd" * 32, variant="excerpt").identity == cell.identity


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "cd" * 32},
        {"variant": "excerpt"},
        {"variant": "stand-in"},
    ],
)
def test_the_id_changes_with_the_data(cell, change):
    assert _at(cell, **change).id != cell.id


def test_the_id_changes_with_the_seed_and_with_any_part_of_the_identity(cell):
    others = [replace(cell, seed=1), replace(cell, task="category")]
    assert len({cell.id, *(other.id for other in others)}) == 3


@pytest.mark.parametrize(
    "change",
    [{"files": (Path("/elsewhere/renamed.csv"),)}, {"lines": 5}, {"coverage": 0.5}],
)
def test_the_id_does_not_change_with_where_the_file_lies(cell, change):
    assert _at(cell, **change).id == cell.id


def test_the_file_that_the_user_named_does_not_enter_the_id(faults, cell):
    named = _picked(faults, "dataset", "toy[file=/data/toy.csv]")
    assert replace(cell, source=replace(cell.source, spec=named)).id == cell.id


def test_a_stand_in_and_a_real_file_are_never_the_same_cell(cell):
    ids = {_at(cell, variant=variant).id for variant in ("full", "excerpt", "lab", "stand-in")}
    assert len(ids) == 4


def test_the_id_is_recomputed_from_what_a_record_holds(cell):
    assert cell.id == cell_id(cell.identity, 0, "full", "ab" * 32)
    assert len(cell.id) == 16
    assert int(cell.id, 16) >= 0


@pytest.mark.parametrize(
    ("selection", "variant", "text"),
    [
        ("toy", "full", "toy"),
        ("toy", "stand-in", "toy[stand-in]"),
        ("toy[fault=nan]", "excerpt", "toy[fault=nan]"),
        ("toy[fault=nan]", "stand-in", "toy[fault=nan,stand-in]"),
    ],
)
def test_a_stand_in_never_goes_by_the_bare_name(faults, cell, selection, variant, text):
    spec = _picked(faults, "dataset", selection)
    assert Source(spec, cell.source.card, replace(ORIGIN, variant=variant)).text == text


def _parts(faults, cell: Cell) -> dict[str, Cell]:
    """Give the cell with one part changed, by part."""
    source = replace(cell.source, spec=_picked(faults, "dataset", "toy[fault=skip]"))
    (chain,) = select_chains(faults, "table[scale=log]")
    return {
        "origin": _at(cell, sha256="cd" * 32),
        "layout": _at(cell, layout="other"),
        "dataset": replace(cell, source=source),
        "task": replace(cell, task="category"),
        "protocol": replace(cell, protocol=_picked(faults, "protocol", "paper-train")),
        "sampler": replace(cell, sampler=_picked(faults, "sampler", "smote[k=3]")),
        "featurizers": replace(cell, featurizers=chain),
        "seed": replace(cell, seed=1),
        "model": replace(cell, model=_picked(faults, "model", "faulty[max_rows=50]")),
        "target": replace(cell, target=_picked(faults, "target", "cpu[threads=2]")),
    }


TABLE = {"origin", "layout", "dataset"}
PREPARED = TABLE | {"task", "protocol", "sampler", "featurizers", "seed"}


@pytest.mark.parametrize(
    ("key", "parts"),
    [(table_key, TABLE), (prepared_key, PREPARED), (training_key, PREPARED | {"model"})],
)
def test_a_cache_key_changes_with_exactly_what_its_stage_depends_on(faults, cell, key, parts):
    changed = _parts(faults, cell)
    assert {name for name, other in changed.items() if key(other) != key(cell)} == parts
    keys = [key(cell), *(key(changed[name]) for name in parts)]
    assert len(set(keys)) == len(keys)


def test_what_a_protocol_lets_fitting_see_names_the_prepared_rows(cell):
    wider = ProtocolTraits(claims="", fit_on="table")
    component = replace(cell.protocol.component, traits=wider)
    other = replace(cell, protocol=replace(cell.protocol, component=component))
    assert prepared_key(other) != prepared_key(cell)
    assert table_key(other) == table_key(cell)


EVERYTHING = ("table", "prepared", "training", "fingerprint")


def _names(cell: Cell) -> dict[str, str]:
    cells._known_fingerprint.cache_clear()
    fresh = replace(cell)
    keys = (table_key(fresh), prepared_key(fresh), training_key(fresh), fresh.fingerprint)
    cells._known_fingerprint.cache_clear()
    return dict(zip(EVERYTHING, keys, strict=True))


@pytest.mark.parametrize(
    ("kind", "renamed"),
    [
        ("dataset", EVERYTHING),
        ("protocol", EVERYTHING[1:]),
        ("sampler", EVERYTHING[1:]),
        ("featurizer", EVERYTHING[1:]),
        ("model", EVERYTHING[2:]),
        ("target", EVERYTHING[3:]),
    ],
)
def test_new_code_of_a_component_renames_exactly_what_depends_on_it(
    cell, monkeypatch, kind, renamed
):
    (edited,) = (part.build for part in cell.components if part.kind == kind)

    def fingerprint(code, core):
        return f"{sorted(core)} {edited in {build for build, _ in code}}"

    def before(code, core):
        return f"{sorted(core)} False"

    monkeypatch.setattr(cells, "fingerprint", before)
    old = _names(cell)
    monkeypatch.setattr(cells, "fingerprint", fingerprint)
    new = _names(cell)
    assert tuple(name for name in EVERYTHING if old[name] != new[name]) == renamed


def test_components_come_in_the_order_of_the_flow(cell):
    assert [component.kind for component in cell.components] == [
        "dataset",
        "protocol",
        "sampler",
        "featurizer",
        "model",
        "target",
    ]


def test_a_reference_is_json_with_what_builds_the_component(faults):
    spec = _picked(faults, "sampler", "smote[k=3]")
    assert json.loads(json.dumps(reference(spec))) == {
        "build": "idsbench_sklearn.smote:Smote",
        "parameters": {"k": 3, "ratio": 1.0},
    }


def test_a_protocol_that_states_nothing_is_treated_as_clean_is():
    plain = default_spec(Component("protocol", "plain", "s", "m:P"))
    traits = protocol_traits(plain)
    assert (traits.fit_on, traits.balance, dict(traits.defaults)) == ("train", "train", {})
