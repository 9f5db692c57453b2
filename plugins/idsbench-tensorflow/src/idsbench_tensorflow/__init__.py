"""Models of idsbench that run on Keras and TensorFlow."""
