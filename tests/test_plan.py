"""A request becomes cells, or one error with everything that is wrong in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from idsbench.catalog import Catalog
from idsbench.errors import RequestError
from idsbench.plan import Plan, Request, make_plan, parse_seeds, parse_tasks
from idsbench.values import Component, ModelTraits, Plugin

BASELINES = {"dummy", "one-rule"}


def _plan(catalog: Catalog, datasets: str = "toy", **fields) -> Plan:
    return make_plan(catalog, Request(datasets=datasets, **fields))


def _problems(catalog: Catalog, datasets: str = "toy", **fields) -> tuple[str, ...]:
    with pytest.raises(RequestError) as caught:
        _plan(catalog, datasets, **fields)
    return caught.value.problems


def _with(catalog: Catalog, *components: Component, distribution: str = "extra") -> Catalog:
    return Catalog((*catalog.plugins, Plugin(distribution, "1", "e", "m", components)))


def _model(name: str, **fields) -> Component:
    return Component("model", name, "s", "idsbench_faults:Faulty", **fields)


def test_naming_datasets_alone_runs_all_models_and_the_baselines_once_at_the_defaults(faults):
    cells = _plan(faults).cells
    installed = {component.name for component in faults.components("model")}
    assert sorted(cell.model.name for cell in cells) == sorted(installed)
    assert {cell.task for cell in cells} == {"binary"}
    assert {cell.protocol.identity for cell in cells} == {"clean"}
    assert {cell.sampler.identity for cell in cells} == {"none"}
    assert {cell.target.identity for cell in cells} == {"cpu[threads=1]"}
    assert {cell.seed for cell in cells} == {0}
    assert not any(cell.skip or cell.missing for cell in cells)


def test_each_model_gets_the_featurizer_that_it_prefers(faults):
    wanted = {
        component.name: component.traits.featurizer for component in faults.components("model")
    }
    assert {cell.model.name: cell.featurizers.text for cell in _plan(faults).cells} == wanted
    assert len(set(wanted.values())) > 1


def test_all_mistakes_are_said_at_once(faults, tmp_path):
    missing = tmp_path / "nowhere"
    assert _problems(
        faults,
        "toyy",
        tasks="binry",
        protocols="clen",
        samplers="smot",
        featurizers="tabel[scale=x]",
        models="random-forrest,faulty[fault=goood,max_rows=2]",
        targets="cpuu,cpu[threads=0]",
        seeds="5-2",
        data_dir=missing,
    ) == (
        "unknown dataset 'toyy': did you mean toy?",
        "unknown task 'binry': did you mean binary?",
        "unknown protocol 'clen': did you mean clean?",
        "unknown sampler 'smot': did you mean smote or smote-rus?",
        "unknown target 'cpuu': did you mean cpu?",
        "target 'cpu', threads=0: expected a number from 1 to 1024",
        "unknown model 'random-forrest': did you mean random-forest?",
        "model 'faulty', fault=goood: did you mean good?",
        "model 'faulty', max_rows=2: expected a number of at least 10",
        "unknown featurizer 'tabel': did you mean table?",
        "seeds '5-2': expected whole numbers or ranges such as 0,1,5-9",
        f"--data-dir {missing} is not a folder",
    )


def test_a_data_folder_named_by_the_environment_must_exist_too(faults, tmp_path, monkeypatch):
    missing = tmp_path / "nowhere"
    monkeypatch.setenv("IDSBENCH_DATA", str(missing))
    assert _problems(faults) == (f"IDSBENCH_DATA {missing} is not a folder",)


def test_a_name_that_two_distributions_offer_stops_every_request(faults):
    catalog = _with(faults, _model("faulty"), distribution="zeta")
    assert _problems(catalog, models="random-forest")[0] == (
        "the model 'faulty' is offered by idsbench-faults and by zeta: "
        "uninstall one of them or hide it with --block-plugin"
    )


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("0", (0,)),
        ("3,1", (3, 1)),
        ("0-2,7", (0, 1, 2, 7)),
        ("2, 0-2 ,2", (2, 0, 1)),
        ("5-5", (5,)),
        ("0-9999", tuple(range(10_000))),
    ],
)
def test_seeds_are_numbers_and_ranges_each_once_in_the_order_written(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("item", ["", "-1", "a", "3-1", "1.5", "0-10000", "1e3", "1-2-3", "٣x"])
def test_what_is_no_seed_is_named(item):
    with pytest.raises(RequestError) as caught:
        parse_seeds(f"0,{item},b")
    assert caught.value.problems == tuple(
        f"seeds '{wrong}': expected whole numbers or ranges such as 0,1,5-9"
        for wrong in (item, "b")
    )


def test_tasks_are_each_once_in_the_order_written():
    assert parse_tasks("category, binary,category") == ("category", "binary")


def test_every_unknown_task_is_named():
    with pytest.raises(RequestError) as caught:
        parse_tasks("catgory,binary,x")
    assert caught.value.problems == (
        "unknown task 'catgory': did you mean category or subcategory?",
        "unknown task 'x': there are: binary, category, subcategory",
    )


def test_baselines_are_added_once_without_sampler_on_the_plain_target(faults):
    cells = _plan(
        faults, models="faulty", samplers="none,smote,rus", targets="cpu[threads=2],cpu"
    ).cells
    added = [cell for cell in cells if cell.model.name in BASELINES]
    assert [cell.model.name for cell in added] == sorted(BASELINES)
    assert {(c.sampler.identity, c.target.identity) for c in added} == {("none", "cpu[threads=1]")}
    assert len(cells) == 3 * 2 + 2


def test_baselines_are_added_for_each_protocol_and_seed(faults):
    cells = _plan(faults, models="faulty", protocols="clean,paper-train", seeds="0,1").cells
    added = [(c.model.name, c.protocol.name, c.seed) for c in cells if c.model.name in BASELINES]
    assert len(added) == len(set(added)) == 2 * 2 * 2


def test_a_baseline_that_is_named_runs_like_any_model_and_not_twice(faults):
    cells = _plan(faults, models="dummy", samplers="none,rus").cells
    assert sorted((cell.model.name, cell.sampler.name) for cell in cells) == [
        ("dummy", "none"),
        ("dummy", "rus"),
        ("one-rule", "none"),
    ]


def test_no_baselines_leaves_them_out(faults):
    assert not BASELINES & {cell.model.name for cell in _plan(faults, baselines=False).cells}
    (cell,) = _plan(faults, models="faulty", baselines=False).cells
    assert cell.model.name == "faulty"


def test_a_pair_that_cannot_work_is_skipped_with_its_reason_when_both_sides_were_named(faults):
    (cell,) = _plan(faults, models="logistic", featurizers="image[size=8]", baselines=False).cells
    assert cell.skip == (
        "the model 'logistic' takes rows and the featurizer 'image[size=8]' gives images"
    )
    (cell,) = _plan(faults, models="cnn", featurizers="table", baselines=False).cells
    assert cell.skip == "the model 'cnn' takes images and the featurizer 'table' gives rows"


@pytest.mark.parametrize(
    "fields",
    [
        {"models": "log*", "featurizers": "image,table"},
        {"models": "logistic", "featurizers": "*e"},
        {"models": "logistic,cnn*", "featurizers": "table"},
    ],
)
def test_a_pair_that_cannot_work_is_no_cell_when_a_side_was_not_named(faults, fields):
    cells = _plan(faults, baselines=False, **fields).cells
    assert {(cell.model.name, cell.featurizers.text) for cell in cells} == {("logistic", "table")}


def test_a_model_that_cannot_learn_the_task_is_skipped_when_named_and_no_cell_otherwise(faults):
    (cell,) = _plan(faults, models="cnn", tasks="category", baselines=False).cells
    assert cell.skip == "the model 'cnn' learns binary, not category"
    names = {cell.model.name for cell in _plan(faults, tasks="category", baselines=False).cells}
    assert "logistic" in names
    assert "cnn" not in names


def test_baselines_stand_in_multi_class_tasks_too(faults):
    cells = _plan(faults, models="logistic", tasks="category,subcategory").cells
    found = {(cell.task, cell.model.name) for cell in cells}
    assert found >= {(task, name) for task in ("category", "subcategory") for name in BASELINES}


def test_nothing_left_to_run_is_an_error(faults):
    assert _problems(faults, models="c*", featurizers="table", baselines=False) == (
        "nothing to run: no selected model fits the selected tasks and featurizers",
    )


@pytest.mark.parametrize("protocol", ["paper-whole", "paper-train"])
def test_the_papers_scale_by_min_max_where_the_user_wrote_no_scale(faults, protocol):
    for chain, scale in (("table", "minmax"), ("table[scale=standard]", "standard")):
        for cell in _plan(faults, models="logistic", protocols=protocol, featurizers=chain).cells:
            expected = scale if cell.model.name == "logistic" else "minmax"
            assert cell.featurizers.identity == f"table[scale={expected}]"
    (cell,) = _plan(faults, models="logistic", protocols="clean", baselines=False).cells
    assert cell.featurizers.identity == "table[scale=standard]"


def test_a_setting_written_as_the_default_is_not_the_papers_setting(faults):
    one = _plan(faults, models="logistic", protocols="paper-train", baselines=False).cells
    both = _plan(
        faults,
        models="logistic",
        protocols="paper-train",
        featurizers="table,table[scale=standard],table[scale=minmax]",
        baselines=False,
    ).cells
    assert {cell.id for cell in one} < {cell.id for cell in both}
    assert len(both) == 2


def test_a_missing_library_is_told_with_what_installs_it(faults):
    catalog = _with(faults, _model("needy", preload=("library_not_there.part:warm",)))
    (cell,) = _plan(catalog, models="needy", baselines=False).cells
    assert cell.missing == (
        "the model 'needy' needs the library library_not_there: pip install library_not_there"
    )
    assert cell.skip == ""


def test_a_model_whose_featurizer_is_not_installed_says_so(faults):
    odd = _model("odd", traits=ModelTraits(featurizer="waves[k=1]"))
    (problem,) = _problems(_with(faults, odd), models="odd", baselines=False)
    assert problem.startswith("the model 'odd' prefers waves[k=1]: unknown featurizer 'waves': ")


def test_a_catalog_without_models_says_what_to_install(faults):
    plugins = tuple(
        replace(plugin, components=tuple(c for c in plugin.components if c.kind != "model"))
        for plugin in faults.plugins
    )
    assert _problems(Catalog(plugins)) == (
        "no model is installed: pip install 'idsbench[standard]'",
    )


def test_a_dataset_whose_code_cannot_be_imported_is_an_error_not_a_crash(faults):
    broken = Component("dataset", "broken", "s", "module_that_is_not_there:Data")
    assert _problems(_with(faults, broken), "broken") == (
        "the dataset 'broken' cannot be built (ModuleNotFoundError: "
        "No module named 'module_that_is_not_there'): reinstall its plugin",
    )


def test_two_candidate_files_stop_the_request_with_both_names(faults, tmp_path):
    for name in ("toy.csv", "TOY.CSV"):
        (tmp_path / "toy").mkdir(exist_ok=True)
        (tmp_path / "toy" / name).write_text("a\n1\n")
    assert _problems(faults, data_dir=tmp_path) == (
        f"{tmp_path / 'toy'}: holds more than one file for the layout 'toy': TOY.CSV and toy.csv; "
        "remove one, or name one with DATASET[file=PATH]",
    )


def _origin_of(catalog: Catalog, data_dir: Path | None = None) -> Path:
    (cell,) = _plan(catalog, models="faulty", baselines=False, data_dir=data_dir).cells
    return cell.source.origin.files[0]


def test_data_are_looked_for_in_the_order_of_the_interface(faults, tmp_path, monkeypatch):
    files = []
    for number, place in enumerate(("named", "environment", "share/idsbench")):
        folder = tmp_path / place / "toy"
        folder.mkdir(parents=True)
        files.append(folder / "toy.csv")
        files[-1].write_text(f"a,b,c,label\n{number},1,1,0\n")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("IDSBENCH_DATA", str(tmp_path / "environment"))
    assert _origin_of(faults, tmp_path / "named") == files[0].resolve()
    assert _origin_of(faults) == files[1].resolve()
    monkeypatch.delenv("IDSBENCH_DATA")
    assert _origin_of(faults) == files[2].resolve()
    files[2].unlink()
    assert _origin_of(faults).name == "toy-stand-in.csv"


def test_cells_come_by_protocol_then_seed_then_sampler(faults):
    cells = _plan(
        faults,
        models="faulty",
        protocols="clean,paper-train",
        seeds="1,0",
        samplers="rus,none",
        baselines=False,
    ).cells
    found = [(cell.protocol.name, cell.seed, cell.sampler.name) for cell in cells]
    assert found == [
        (protocol, seed, sampler)
        for protocol in ("clean", "paper-train")
        for seed in (1, 0)
        for sampler in ("rus", "none")
    ]
