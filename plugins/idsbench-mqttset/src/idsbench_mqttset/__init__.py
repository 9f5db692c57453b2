"""The MQTTset dataset for idsbench."""
