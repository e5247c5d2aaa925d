"""Fit one fold: feeding, augmentation, optimiser. Nothing here knows a split, a score or a page."""
