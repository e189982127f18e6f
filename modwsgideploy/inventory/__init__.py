"""Write what Ansible has to know to serve the sites of a manifest on hosts."""
