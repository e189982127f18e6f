"""Render, record and update the files of a deployment."""
