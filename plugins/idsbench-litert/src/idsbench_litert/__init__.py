"""LiteRT as a target of idsbench."""
