"""Find out whether a machine has room for all sites, and what would fit."""
