"""Find and run Apache, and read its configuration."""
