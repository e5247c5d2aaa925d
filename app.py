"""The router: which pages there are, and nothing else.

No guard, limit or layout may live here: a visitor whose link goes straight to a page of a freshly started server gets
that page without this file (DESIGN, decision 7). Every page frames itself.
"""

from __future__ import annotations

import streamlit as st

pages = [
    # The landing page; "home" only because a default page answers at "/" and not under its own name.
    st.Page("pages/classify.py", title="Classify", url_path="home", default=True),
    st.Page("pages/classify.py", title="Classify", url_path="classify"),
    st.Page("pages/explore.py", title="Explore", url_path="explore"),
    st.Page("pages/about.py", title="About", url_path="about"),
]
st.navigation(pages, position="hidden").run()  # mgc.ui.frame draws the links
