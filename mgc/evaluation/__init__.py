"""How good a prediction is, how sure one may be of that, and how windows become one answer."""
