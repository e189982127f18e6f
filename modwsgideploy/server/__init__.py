"""Serve sites on a private Apache that leaves nothing behind."""
