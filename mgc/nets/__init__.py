"""One architecture per file, each readable in one sitting. Weights live in ``models/``."""
