"""Where the proofs are kept."""
