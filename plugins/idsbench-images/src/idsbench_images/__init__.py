"""Table rows as small images, for idsbench."""
