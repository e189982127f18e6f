"""The values that the layers above hand to each other: Project and Site.

They stand below what makes them (project.discovery, sites.resolve) and what
reads them (backends, deployment, checks), so that each can name their types.
"""
