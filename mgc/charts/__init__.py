"""Data -> pictures: Plotly figures and small PNGs. Pure functions; nothing here knows the app."""
