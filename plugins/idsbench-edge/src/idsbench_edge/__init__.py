"""Edge runtimes as targets of idsbench."""
