"""From a data set's sound to numbers, as a job in the background that may be stopped and goes on where it was.

``job`` starts, watches and cancels; ``work`` is what a worker does with its tracks, ``sound`` what is computed of one;
``plan`` says what a job is told about a track; ``gather`` makes one record of everything, which ``collected`` reads.
"""
