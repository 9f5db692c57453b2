"""Stands before the real library while reliability is measured: a run then starts in less time."""

raise ImportError("left out, so that a run starts quickly")
