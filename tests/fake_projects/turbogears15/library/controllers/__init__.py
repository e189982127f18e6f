from library.controllers.root import *
