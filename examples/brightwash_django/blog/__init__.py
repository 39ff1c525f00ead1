"""The blog and its comments."""
