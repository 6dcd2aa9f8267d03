"""One file per step, never changed once published."""
