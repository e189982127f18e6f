from library.controllers.root import *  # noqa: F403 - as quickstart has it
