from idsbench_mqttset.schema import (
    BEHAVIOUR,
    COLUMN_SETS,
    LENGTHS,
    PAYLOAD,
    RANKS,
    field_columns,
    labelled_columns,
)


def test_the_layouts_have_34_and_60_columns() -> None:
    assert len(labelled_columns()) == 34
    assert len(field_columns()) == 60


def test_behaviour_is_the_33_published_features_and_the_others_only_add_to_it() -> None:
    assert len(BEHAVIOUR) == 33
    assert [len(columns) for columns in COLUMN_SETS.values()] == [33, 39, 60]
    assert all(columns[:33] == BEHAVIOUR for columns in COLUMN_SETS.values())


def test_every_text_column_has_one_rule_that_makes_it_a_number() -> None:
    texts = {name for name, kind in field_columns().items() if kind == "text"}
    assert texts == LENGTHS | RANKS | {PAYLOAD}
    assert not LENGTHS & RANKS
