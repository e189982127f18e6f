"""Parse the command lines of paster, gearbox and ``modwsgideploy``.

All three are made from one table of commands (table.py).
"""
