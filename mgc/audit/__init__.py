"""What may be wrong with a data set: copies, names that stand too often, labels that sound like others, odd clips.

Conventions
-----------
Nothing here is a verdict. Each finding is a reason to listen: which track, why, how strongly, on a scale that the
finding's own docstring explains. Tracks are named by their ids.
"""
