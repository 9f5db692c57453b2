"""LightGBM and XGBoost as references on tables, for idsbench."""
