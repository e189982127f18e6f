"""Turn options, defaults and manifests into Sites."""
