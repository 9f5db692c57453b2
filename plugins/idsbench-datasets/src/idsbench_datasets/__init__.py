"""Nine intrusion datasets for idsbench, each a card of a page."""
