"""idsbench: an honest, plugin-based benchmark for IoT intrusion detection."""

__version__ = "0.1.0"
