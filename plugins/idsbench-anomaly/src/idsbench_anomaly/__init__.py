"""Autoencoders that learn from benign traffic alone, for idsbench."""
