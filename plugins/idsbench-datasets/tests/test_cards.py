"""Every card is sound, and says what is not verified about it."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from idsbench import flags
from idsbench.card_values import CANONICAL
from idsbench.errors import RequestError
from idsbench.plan import Request, make_plan
from idsbench.tabular import PackagedCard, TabularDataset
from idsbench.values import Component
from idsbench_datasets import dataset as datasets
from idsbench_datasets.plugin import SUMMARIES, idsbench_datasets

UNSEEN = ("ton-iot", "edge-iiotset", "bot-iot", "cicids2017")
COMPONENTS = {component.name: component for component in idsbench_datasets()}


def card_of(name: str) -> PackagedCard:
    found = getattr(datasets, name.replace("-", "_"))
    assert isinstance(found, PackagedCard)
    return found


@pytest.mark.parametrize("component", COMPONENTS.values(), ids=COMPONENTS)
def test_each_component_builds_the_dataset_of_its_own_name(component: Component) -> None:
    module, _, attribute = component.build.partition(":")
    parameters = {parameter.name: parameter.default for parameter in component.parameters}
    built = getattr(importlib.import_module(module), attribute)(**parameters)
    assert isinstance(built, TabularDataset)
    assert built.card.name == component.name
    assert built.columns == "behaviour"


def test_there_is_a_component_for_every_card() -> None:
    folder = Path(datasets.__file__ or "").parent / "cards"
    assert sorted(path.stem for path in folder.glob("*.toml")) == sorted(SUMMARIES)


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_card_says_where_the_data_are_and_how_to_cite_them(name: str) -> None:
    card = card_of(name).card
    assert card.homepage.startswith("https://")
    assert "doi 10." in card.citation
    assert card.licence
    assert card.known_issues
    assert all(layout.published_rows for layout in card.layouts)
    assert set(card.flow) <= set(CANONICAL)
    assert card.standin_rows == 0


@pytest.mark.parametrize("name", UNSEEN)
def test_a_card_made_without_a_file_says_so(name: str) -> None:
    assert any(issue.startswith("Unverified: no file") for issue in card_of(name).card.known_issues)


@pytest.mark.parametrize("name", SUMMARIES)
def test_no_label_identifier_or_endpoint_is_a_feature_by_default(name: str) -> None:
    card, schemas = card_of(name).card, card_of(name).definition.schemas
    for schema in schemas.values():
        features = set(schema.features(card, "behaviour", schema.columns))
        assert features
        labels = {label.column for label in schema.labels}
        assert not features & {*labels, *card.identifiers, *card.endpoints, *schema.drop}
        assert set(schema.features(card, "all", schema.columns)) == (
            set(schema.columns) - labels - set(schema.drop)
        )


def test_the_flag_that_cards_raise_is_in_the_vocabulary() -> None:
    assert flags.known("misnamed-file")


def test_without_a_file_the_page_and_the_folder_are_said(tmp_path: Path) -> None:
    from idsbench.catalog import load_catalog

    with pytest.raises(RequestError) as caught:
        make_plan(load_catalog(), Request(datasets="iot23,nsl-kdd", data_dir=tmp_path))
    assert caught.value.problems == (
        "no file of the dataset 'iot23' was found, and nothing can generate a stand-in: get it from"
        f" https://www.stratosphereips.org/datasets-iot23 and put it into {tmp_path / 'iot23'}",
        "no file of the dataset 'nsl-kdd' was found, and nothing can generate a stand-in: get it"
        f" from https://www.unb.ca/cic/datasets/nsl.html and put it into {tmp_path / 'nsl_kdd'}",
    )


def test_listing_what_the_plugin_offers_imports_nothing_heavy() -> None:
    heavy = ("numpy", "polars", "tomllib", "idsbench.tabular")
    code = (
        "import sys, idsbench_datasets.plugin as p; p.idsbench_datasets();"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
