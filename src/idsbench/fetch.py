"""Gets a dataset's files from where its card says, once the licence was accepted."""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from idsbench import sightings
from idsbench.cache import file_digest
from idsbench.contracts import Dataset
from idsbench.datafiles import Added, add, data_folder
from idsbench.download import download
from idsbench.errors import DataError, RequestError
from idsbench.values import Card

KAGGLE = "kaggle:"
KAGGLE_PAGE = re.compile(r"https?://www\.kaggle\.com/datasets/([\w.-]+/[\w.-]+)/?")
STAGING = ".fetching"


def addresses_of(card: Card) -> tuple[str, ...]:
    """Give where a dataset's files are fetched from; empty where the card does not say.

    Each is `kaggle:OWNER/NAME`, or an address of one file that begins with http. A page of Kaggle's
    stands for its dataset.
    """
    page = KAGGLE_PAGE.fullmatch(card.homepage)
    return card.addresses or ((f"{KAGGLE}{page[1]}",) if page else ())


def by_hand(card: Card, root: Path) -> str:
    """Say how to get the files without a network, or without this program."""
    page = card.homepage or "the page of its authors"
    return f"visit {page} and put the files into {data_folder(card, root)}"


def fetch(dataset: Dataset, addresses: Sequence[str], root: Path) -> Added:
    """Fetch a dataset's files and add them to the data folder.

    Args:
        dataset: whose files.
        addresses: as in `addresses_of`, one at least.
        root: the data folder.

    Raises:
        RequestError: an address cannot be reached or used; says what to do by hand.
        DataError: what came is not the dataset, or not what came from there first.
    """
    card = dataset.card
    with _told(card, root):
        given = [_obtained(address, root) for address in addresses]
    try:
        return add(dataset, given, root, link=False)
    finally:
        # A file that is wrong is not gone on with; one that was cut short is still in its part.
        for path in given:
            if root / STAGING in path.parents:
                path.unlink(missing_ok=True)
                _tidy(path.parent)


def _obtained(address: str, root: Path) -> Path:
    if address.startswith(KAGGLE):
        return _from_kaggle(address.removeprefix(KAGGLE))
    return _from_address(address, root)


def _tidy(folder: Path) -> None:
    """Remove the folder of a download, and the one of all downloads, if nothing is in them."""
    with suppress(OSError):
        folder.rmdir()
        folder.parent.rmdir()


@contextmanager
def _told(card: Card, root: Path) -> Iterator[None]:
    """Add to what went wrong how to get the files by hand."""
    try:
        yield
    except DataError as error:
        raise RequestError([f"{error}; or {by_hand(card, root)}"]) from error


def _from_address(address: str, root: Path) -> Path:
    name = re.sub(r"[^\w.-]", "_", unquote(urlsplit(address).path).rpartition("/")[2])
    folder = root / STAGING / hashlib.sha256(address.encode()).hexdigest()[:16]
    if not name:
        raise DataError(address, "names no file", advice="name the file itself")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(root, f"cannot be written ({error.strerror})") from error
    file = folder / name
    try:
        if not file.exists():  # it came whole, and another address did not
            download(address, file)
    except DataError:
        _tidy(folder)  # nothing came at all; a part that came is gone on with
        raise
    digest = file_digest(file)
    first = sightings.see(address, digest)
    if first.sha256 != digest:
        file.unlink()
        _tidy(folder)
        raise DataError(
            address,
            f"holds another file than on {first.day}: sha256 {digest}, then {first.sha256}; "
            "nothing was added",
            advice="if its authors say so too, add it with: idsbench data add",
        )
    return file


def _from_kaggle(handle: str) -> Path:
    """Fetch through kagglehub, which resumes and keeps a cache of its own."""
    try:
        # By its name, not by an import: it is an extra, and the core must not depend on it.
        kagglehub = importlib.import_module("kagglehub")
    except ImportError as error:
        raise DataError(
            f"{KAGGLE}{handle}",
            "needs the library kagglehub",
            advice="pip install 'idsbench[fetch]'",
        ) from error
    try:
        return Path(kagglehub.dataset_download(handle))
    except OSError as error:
        raise _kaggle_refused(handle, error) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "kagglehub":
            raise
        raise _kaggle_refused(handle, error) from error


def _kaggle_refused(handle: str, error: Exception) -> DataError:
    text = " ".join(str(error).split())[:200] or type(error).__name__
    return DataError(
        f"{KAGGLE}{handle}",
        f"cannot be fetched ({text})",
        advice="go online, or give kagglehub your credentials",
    )
