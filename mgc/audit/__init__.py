"""What may be wrong with a data set: duplicates, dominant artists, doubtful labels, outliers, broken files.

Conventions
-----------
A finding is a reason to listen, not a verdict: which track, why, and how strongly, on a scale that its docstring
explains. Tracks are named by their ids. :func:`mgc.audit.report.examine` makes the audit; only
:func:`mgc.audit.report.exclusions` recommends leaving tracks out, on hard evidence alone.
"""
