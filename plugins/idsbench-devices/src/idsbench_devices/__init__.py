"""Small devices as targets of idsbench."""
