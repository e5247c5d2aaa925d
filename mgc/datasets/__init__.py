"""What a data set is, and where tracks come from."""
