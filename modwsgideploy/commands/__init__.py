"""Run each command, and print what it did."""
