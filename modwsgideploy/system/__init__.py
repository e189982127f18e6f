"""Write files, fork processes, and find out what users may do.

Nothing here knows of Apache or of deployments.
"""
