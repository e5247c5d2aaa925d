"""Clip -> numbers and pictures: one short-time Fourier transform, and everything that hangs on it."""
