"""What the visitor decided, and the proof of it."""
