"""The Classify page: a song in, its genre over time out."""
