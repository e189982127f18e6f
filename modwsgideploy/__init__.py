"""From a Paste project to a site that a real Apache serves."""

__version__ = "1.0.0"
