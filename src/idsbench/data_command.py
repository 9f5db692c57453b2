"""The commands on data files: add, fetch, list, verify, and check-split."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from idsbench.cli import FINDING, NOTHING, OK
from idsbench.errors import CellError, RequestError

if TYPE_CHECKING:
    from idsbench.cells import Source
    from idsbench.contracts import Dataset
    from idsbench.datafiles import Added
    from idsbench.manifest import Manifest


def add_command(arguments: argparse.Namespace) -> int:
    """Check files as a run reads them and put them where runs find them."""
    from idsbench.datafiles import add

    dataset = _one(arguments, arguments.dataset)
    _tell(add(dataset, arguments.files, _root(arguments), arguments.link))
    return OK


def fetch_command(arguments: argparse.Namespace) -> int:
    """Show the licence, and once it is accepted fetch the files and add them."""
    from idsbench.fetch import addresses_of, by_hand, fetch

    dataset, root = _one(arguments, arguments.dataset), _root(arguments)
    card = dataset.card
    addresses = (arguments.address,) if arguments.address else addresses_of(card)
    if not addresses:
        hint = f"{by_hand(card, root)}, or name an address with --from"
        raise RequestError([f"the card of '{card.name}' has no address to fetch from: {hint}"])
    _accept(dataset, arguments.accept_licence)
    _tell(fetch(dataset, addresses, root))
    return OK


def list_data_command(arguments: argparse.Namespace) -> int:
    """Say for each dataset what a run would read, or where to get it."""
    from idsbench.datafiles import listed
    from idsbench.sources import data_folders
    from idsbench.tables import render

    folders = data_folders(arguments.data_dir)
    rows = [listed(dataset, folders) for dataset in _datasets(arguments, arguments.dataset or "*")]
    print(render(rows if arguments.format in ("json", "csv") else _short(rows), arguments.format))
    return OK


def verify_data_command(arguments: argparse.Namespace) -> int:
    """Hash the files that runs would read again, and compare with their first sighting."""
    from idsbench.datafiles import verified
    from idsbench.sources import data_folders, find
    from idsbench.tables import render

    folders = data_folders(arguments.data_dir)
    rows = []
    for dataset in _datasets(arguments, arguments.dataset or "*"):
        origin = find(dataset, folders, None)
        found = verified(origin) if origin else ()
        rows += [{"dataset": dataset.card.name, **row} for row in found]
    print(render(rows, arguments.format))
    if any(row["finding"] for row in rows):
        return FINDING
    return OK if rows else NOTHING


def check_split_command(arguments: argparse.Namespace) -> int:
    """Check a split manifest by itself, and against the data if they are here."""
    from idsbench.manifest import PARTS, file_name, read_manifest
    from idsbench.plan import locate
    from idsbench.selection import select
    from idsbench.sources import data_folders

    manifest = read_manifest(arguments.file)
    counts = [int((manifest.codes == code).sum()) for code in range(len(PARTS))]
    parts = ", ".join(f"{count} {name}" for name, count in zip(PARTS, counts, strict=True))
    about = manifest.about
    print(f"{file_name(manifest.name)}: {len(manifest.codes)} rows: {parts}")
    print(f"{about['dataset']}, {about['layout']}, task {about['task']}")
    print(f"by {about['protocol']}, seed {manifest.seed}; sha256 {about['origin_sha256']}")
    stem = arguments.file.name.partition(".")[0]
    if stem.startswith("split-") and stem != f"split-{manifest.name}":
        print(f"idsbench: {arguments.file}: its content is not what its name says", file=sys.stderr)
        return FINDING
    specs = select(_catalog(arguments), "dataset", about["dataset"])
    return _compare(manifest, locate(specs[0], data_folders(arguments.data_dir)))


def _compare(manifest: Manifest, source: Source) -> int:
    """Load the rows that a run would split, through the same cache, and look each up."""
    from idsbench.cache import cache_folder, is_made, making
    from idsbench.prepare import load
    from idsbench.rowstore import row_hashes_of
    from idsbench.steps import load_steps

    (step,) = load_steps(source, cache_folder())
    if not is_made(step.out):
        with making(step.out) as staging:
            load(step.payload, staging)
    try:
        manifest.codes_of(row_hashes_of(step.out))
    except CellError as error:
        print(f"idsbench: {error}", file=sys.stderr)
        return FINDING
    print(f"every row of {source.text} is in it, and no other")
    return OK


def _accept(dataset: Dataset, accepted: bool) -> None:
    """Show the licence; go on only if it was accepted.

    Raises:
        RequestError: it was not.
    """
    card = dataset.card
    print(f"{card.title}\nlicence: {card.licence or 'not stated'}\ncite: {card.citation}")
    print(f"home: {card.homepage}", flush=True)
    if accepted:
        return
    if sys.stdin.isatty() and input("accept this licence? [y/N] ").strip().lower() in ("y", "yes"):
        return
    raise RequestError(
        [f"the licence of '{card.name}' was not accepted: read it and add --accept-licence"]
    )


def _tell(added: Added) -> None:
    origin = added.origin
    for path in added.files:
        print(f"{path}{' was there already' if added.already else ''}")
    if added.left_out:
        print(f"left out: {added.left_out} files of layouts that are not read beside this one")
    print(
        f"{origin.variant}, {origin.lines} rows in the layout '{origin.layout}', "
        f"sha256 {origin.sha256}"
    )


def _catalog(arguments: argparse.Namespace) -> Any:
    from idsbench.catalog import load_catalog
    from idsbench.commands import plugin_choice

    return load_catalog(*plugin_choice(arguments))


def _datasets(arguments: argparse.Namespace, text: str) -> list[Dataset]:
    from idsbench.cells import reference
    from idsbench.components import build
    from idsbench.selection import select

    return [build(reference(spec)) for spec in select(_catalog(arguments), "dataset", text)]


def _one(arguments: argparse.Namespace, text: str) -> Dataset:
    found = _datasets(arguments, text)
    if len(found) != 1:
        raise RequestError([f"'{text}' names {len(found)} datasets: name one"])
    return found[0]


def _root(arguments: argparse.Namespace) -> Path:
    """Give the folder to put data into: the first that is searched."""
    from idsbench.sources import data_folders

    return data_folders(arguments.data_dir)[0]


def _short(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what makes lines long for people; programs get all."""
    return [
        {
            "dataset": row["dataset"],
            "variant": row["variant"],
            "layout": row["layout"],
            "rows": row["rows"],
            "sha256": row["sha256"] and row["sha256"][:12],
            "where": row["files"] or row["note"],
        }
        for row in rows
    ]
