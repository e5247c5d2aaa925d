"""A model is a card, weights and a builder; the catalogue opens those that can be used."""
