"""Find out what a project is, without importing any of it."""
