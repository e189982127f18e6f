raise ImportError("a deployment must not import the project")
