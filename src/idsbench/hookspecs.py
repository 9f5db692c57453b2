"""One hook per kind. A plugin implements those it has something for and returns components."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from idsbench.values import Component

GROUP = "idsbench"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def idsbench_datasets() -> Iterable[Component]:
    """Offer datasets."""
    raise NotImplementedError


@hookspec
def idsbench_protocols() -> Iterable[Component]:
    """Offer protocols."""
    raise NotImplementedError


@hookspec
def idsbench_samplers() -> Iterable[Component]:
    """Offer samplers."""
    raise NotImplementedError


@hookspec
def idsbench_featurizers() -> Iterable[Component]:
    """Offer featurizers."""
    raise NotImplementedError


@hookspec
def idsbench_models() -> Iterable[Component]:
    """Offer models."""
    raise NotImplementedError


@hookspec
def idsbench_targets() -> Iterable[Component]:
    """Offer targets."""
    raise NotImplementedError


@hookspec
def idsbench_executors() -> Iterable[Component]:
    """Offer executors."""
    raise NotImplementedError
