"""IoTID20 (Ullah and Mahmoud, 2020) as a dataset of idsbench."""
