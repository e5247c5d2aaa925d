"""The bands, a module per genre: who plays, in which keys and tempi, on what, and how it is mixed."""
