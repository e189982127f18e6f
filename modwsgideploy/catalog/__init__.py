"""Hold the tables of checks and of failures, as data.

The functions that use them are in `checks` and `explain`.
"""
