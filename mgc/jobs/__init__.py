"""Work in the background: a Dask engine of our own on this machine, or the one that ``MGC_SCHEDULER`` names.

``tls`` makes the certificate without which nobody gets in, ``engine`` is the detached process, ``cluster`` starts or
reaches it. Nothing durable lives in Dask: whoever submits keeps the truth in files or records of its own.
"""
