"""A WSGI application that only its ini knows how to make."""
