"""Make releases of a site's code, switch between them, and remove old ones."""
