"""What a card's columns must be to one another."""

from __future__ import annotations

from collections.abc import Iterable

from idsbench.card_values import Schema
from idsbench.errors import nearest
from idsbench.values import Card


def check_columns(card: Card, schemas: Iterable[Schema], problems: list[str]) -> None:
    """Complain of columns that no layout has, and of those that would be features by mistake."""
    schemas = list(schemas)
    for schema in schemas:
        _check_roles(card, schema, problems)
    if not schemas or not all(schema.columns for schema in schemas):
        return  # a file's header decides; reading it will tell
    known = {column for schema in schemas for column in schema.columns}
    for key, named in _named_by_card(card, schemas):
        for column in named:
            if column not in known:
                problems.append(
                    f"{key}: no layout has the column '{column}': {near(column, known)}"
                )


def near(column: str, known: Iterable[str]) -> str:
    """End a sentence about an unknown column: the nearest names, or nothing where none is near.

    >>> near("Lable", ["Label", "x"]), near("y", ["Label", "x"])
    ('did you mean Label?', 'check its spelling')
    """
    hint = nearest(column, known)
    return hint if hint.startswith("did you mean") else "check its spelling"


def _check_roles(card: Card, schema: Schema, problems: list[str]) -> None:
    hidden = {*card.identifiers, *card.endpoints}
    named = [("[labels]", label.column) for label in schema.labels if label.column]
    if schema.group:
        named += [("[group]", column) for column in schema.group.columns]
    if schema.time:
        named.append(("[time]", schema.time.column))
    for key, column in named:
        if schema.columns and column not in schema.columns:
            hint = near(column, schema.columns)
            problems.append(f"{key}: '{schema.layout}' has no column '{column}': {hint}")
        if key == "[labels]" and column in hidden:
            problems.append(f"{key}: the column '{column}' is an identifier or endpoint as well")
        if key != "[labels]" and column not in hidden:
            problems.append(
                f"{key}: the column '{column}' must be among identifiers or endpoints, "
                "or it would be a feature"
            )
        if column in schema.drop:
            problems.append(f"{key}: the column '{column}' is dropped")


def _named_by_card(card: Card, schemas: Iterable[Schema]) -> Iterable[tuple[str, Iterable[str]]]:
    yield "identifiers", card.identifiers
    yield "endpoints", card.endpoints
    yield "timing", card.timing
    yield "ttl", card.ttl
    yield "[sentinels]", card.sentinels
    yield "[flow]", [flow.column for flow in card.flow.values()]
    for schema in schemas:
        yield "drop", schema.drop
        yield "optional", schema.optional
        for column, kind in schema.kinds.items():
            yield kind, (column,)
