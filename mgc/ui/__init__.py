"""The only place in the package that imports Streamlit: frame, state, resources, and what the pages are made of."""
