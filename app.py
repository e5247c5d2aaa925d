"""What is served: the pages, and the server around them.

``streamlit run app.py`` imports this file once, to find ``app``; then it runs it for each visit, to draw a page. No
guard or limit of a page may be here: a link straight to a page of a freshly started server runs that page without this
file (DESIGN, decision 7). Every page frames itself.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

if get_script_run_ctx(suppress_warning=True) is None:
    from mgc.ui import server

    app = st.App(__file__, lifespan=server.lifespan, middleware=server.middleware(), routes=server.routes())
else:
    pages = [
        # The landing page; "home" only because a default page answers at "/" and not under its own name.
        st.Page("pages/classify.py", title="Classify", url_path="home", default=True),
        st.Page("pages/classify.py", title="Classify", url_path="classify"),
        st.Page("pages/explore.py", title="Explore", url_path="explore"),
        st.Page("pages/train.py", title="Train", url_path="train"),
        st.Page("pages/compare.py", title="Compare", url_path="compare"),
        st.Page("pages/about.py", title="About", url_path="about"),
    ]
    st.navigation(pages, position="hidden").run()  # mgc.ui.frame draws the links
