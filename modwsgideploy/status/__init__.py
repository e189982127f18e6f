"""Say how sites are: what runs, since when, and whether it is what it should
be."""
