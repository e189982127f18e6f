"""Explain what an error log says, and where in the files it comes from."""
