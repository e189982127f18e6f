"""From a Paste project to a site that a real Apache serves."""

__version__ = "1.0.0"
# What the package index calls it; modwsgideploy is another program there.
DISTRIBUTION = "apache-modwsgi-deploy"
