"""Table featurizer, resampling and scikit-learn models for idsbench."""
