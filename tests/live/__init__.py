"""Tests against a real Apache, with real projects (see samples.py)."""
