"""Render the templates; no other layer knows Cheetah."""
