"""Compare names of data files with the patterns of a card."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from pathlib import Path

PACKED = (".gz", ".zip")


def plain(name: str) -> str:
    """Give a name, or a pattern of names, in the form in which the two are compared.

    >>> plain("IoT Network-Intrusion_Dataset.csv")
    'iotnetworkintrusiondataset.csv'
    """
    return re.sub(r"[\s_-]+", "", name.lower())


def matches(path: Path, patterns: Iterable[str]) -> bool:
    """Tell whether a file's name is one of these; a pattern with slashes looks at folders too.

    >>> matches(Path("data/Danmini Doorbell/benign_traffic.csv"), ["*doorbell/benign*.csv"])
    True
    """
    for pattern in patterns:
        parts = path.parts[-pattern.count("/") - 1 :]
        if fnmatch.fnmatchcase("/".join(plain(part) for part in parts), pattern):
            return True
    return False


def with_packed(patterns: Iterable[str]) -> tuple[str, ...]:
    """Add to each pattern of a plain file those of the same file packed.

    >>> with_packed(["a*.csv"])
    ('a*.csv', 'a*.csv.gz', 'a*.csv.zip')
    """
    out: list[str] = []
    for pattern in patterns:
        out.append(pattern)
        if not pattern.endswith((*PACKED, "*")):
            out += [pattern + ending for ending in PACKED]
    return tuple(out)
