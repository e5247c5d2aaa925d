"""Bytes from strangers -> clean mono float32."""
