raise RuntimeError("the project was imported")
