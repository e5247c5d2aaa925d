"""Fit one fold (feeding, augmentation, optimiser), and all folds of a split. Nothing here knows a page or a store."""
