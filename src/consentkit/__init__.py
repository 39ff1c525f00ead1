"""A page talks to nobody before its visitor has said yes."""

__version__ = "0.1.0"
