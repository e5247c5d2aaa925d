"""Make the shipped models from a Kaggle-shaped tree: ``python -m mgc.shipping TREE`` (or ``make models TREE=...``).

material.py  the tree -> arrays;  folds.py  predictions for clips that the models never met, kept on disk;
scores.py  what those predictions are worth;  one_table.py  what a leak is worth, on one table;
cards.py  weights, cards and the pins that the catalogue checks.
"""
