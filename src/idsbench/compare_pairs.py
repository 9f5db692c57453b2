"""Records of two sides -> pairs of cells: by identity and data, then by what is left."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from idsbench.compare_values import Group, Pair, Row

PARTS = ("dataset", "task", "protocol", "sampler", "featurizer", "model", "target")
UNSAID = {("task", "binary"), ("sampler", "none"), ("target", "cpu")}
_PARAMETERS = re.compile(r"\[[^\]]*\]")
GONE, NEW = "the cell is missing in HEAD", "the cell has no baseline"
NEITHER = "no result on either side"

Groups = Mapping[Hashable, Group]


def pairs(base: Iterable[Row], head: Iterable[Row]) -> list[Pair]:
    """Match the cells of two sides; each record is in one pair.

    Cells are the same where their identity and their data are. What is left is matched by
    identity alone (other data), by names without parameters (a default was changed), and by names
    without the protocol (another protocol); a cell that is still left is missing or new.
    """
    before, after = grouped(base), grouped(head)
    found = [_comparable(before[key], after[key]) for key in before if key in after]
    old = [group for key, group in before.items() if key not in after]
    new = [group for key, group in after.items() if key not in before]
    for key_of, make in (
        (lambda row: row["identity"], _other_data),
        (lambda row: (_names(row), row["variant"], row["origin_sha256"]), _changed),
        (_names, _other_data),
        (lambda row: (_names(row, "protocol"), row["origin_sha256"]), _other_protocol),
    ):
        matched = list(_unique(old, new, key_of))
        found += [make(one, other) for one, other in matched]
        taken = {id(group) for pair in matched for group in pair}
        old = [group for group in old if id(group) not in taken]
        new = [group for group in new if id(group) not in taken]
    found += [Pair(name(group.any), group, None, GONE) for group in old]
    found += [Pair(name(group.any), None, group, NEW) for group in new]
    return found


def name(row: Row) -> str:
    """Name a cell for people, without its seed."""
    shown = [str(row[key]) for key in PARTS if (key, row[key]) not in UNSAID]
    return " ".join(shown)


def grouped(records: Iterable[Row]) -> dict[Hashable, Group]:
    """Collect the seeds of each identity on each data set."""
    members: dict[Hashable, list[Row]] = defaultdict(list)
    for row in records:
        members[(row["identity"], row["variant"], row["origin_sha256"])].append(row)
    grouped = {}
    for key, rows in members.items():
        rows.sort(key=lambda row: row["seed"])
        ok = tuple(row for row in rows if row["status"] == "ok")
        grouped[key] = Group(ok, tuple(row for row in rows if row["status"] != "ok"))
    return grouped


def _names(row: Row, without: str = "") -> tuple[str, ...]:
    return tuple(_PARAMETERS.sub("", str(row[key])) for key in PARTS if key != without)


def _unique(
    old: list[Group], new: list[Group], key_of: Callable[[Row], Hashable]
) -> Iterator[tuple[Group, Group]]:
    """Match what has a key that one group of each side has, and no more."""
    sides: tuple[dict[Hashable, list[Group]], ...] = (defaultdict(list), defaultdict(list))
    for side, groups in zip(sides, (old, new), strict=True):
        for group in groups:
            side[key_of(group.any)].append(group)
    for key, (first, *rest) in sides[0].items():
        others = sides[1].get(key, [])
        if not rest and len(others) == 1:
            yield first, others[0]


def _comparable(base: Group, head: Group) -> Pair:
    said = name(head.any)
    notes = [*_lost("BASE", base), *_lost("HEAD", head)]
    if not base.ok and not head.ok:
        return Pair(said, base, head, f"{NEITHER}: {head.other[0]['status']}")
    for group, side in ((head, "HEAD"), (base, "BASE")):
        if not group.ok:
            one = group.other[0]
            reason = f"no result in {side}: {one['status']} ({one['reason']})"
            return Pair(said, base, head, reason)
    sizes = {row["seed"]: (row["n_benign"], row["rows_test"]) for row in base.ok}
    for row in head.ok:
        if sizes.get(row["seed"], now := (row["n_benign"], row["rows_test"])) != now:
            return Pair(said, base, head, f"other test rows at seed {row['seed']}")
    return Pair(said, base, head, note="; ".join(notes))


def _lost(side: str, group: Group) -> list[str]:
    rows = group.other if group.ok else ()
    return [f"{side} has no result at seed {row['seed']}: {row['status']}" for row in rows]


def _changed(base: Group, head: Group) -> Pair:
    found = _comparable(base, head)
    was, now = (_parts(group.any) for group in (base, head))
    changed = [f"{key} {was[key]} -> {now[key]}" for key in PARTS if was.get(key) != now.get(key)]
    if was.get("protocol") != now.get("protocol"):
        return Pair(found.name, base, head, f"other protocol: {'; '.join(changed)}")
    note = "; ".join(filter(None, [f"parameters changed: {', '.join(changed)}", found.note]))
    return Pair(found.name, base, head, found.reason, note)


def _parts(row: Row) -> Mapping[str, str]:
    """Give the full specs of an identity; an identity that is not one has the row's short texts."""
    try:
        parts = json.loads(row["identity"])
    except ValueError:
        parts = None
    short = {key: str(row[key]) for key in PARTS}
    return {**short, **{k: str(v) for k, v in parts.items()}} if isinstance(parts, dict) else short


def _other_data(base: Group, head: Group) -> Pair:
    was, now = (
        f"{group.any['variant']} {str(group.any['origin_sha256'])[:12]}" for group in (base, head)
    )
    return Pair(name(head.any), base, head, f"other data: {was}, now {now}")


def _other_protocol(base: Group, head: Group) -> Pair:
    was, now = base.any["protocol"], head.any["protocol"]
    return Pair(name(head.any), base, head, f"other protocol: {was}, now {now}")
