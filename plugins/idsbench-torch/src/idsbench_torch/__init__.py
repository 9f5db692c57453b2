"""Models of idsbench that run on PyTorch."""
