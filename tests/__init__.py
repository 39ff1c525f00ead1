"""The tests, mirroring the source. A package, because some distributions install one of this name beside theirs."""
