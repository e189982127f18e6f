"""Add the user bob to the database that prod.cfg of a project names."""

import sys

import turbogears
from turbogears.database import bind_metadata, session

package = sys.argv[1]
turbogears.update_config(configfile="prod.cfg",
                         modulename=package + ".config")
bind_metadata()
model = __import__(package + ".model").model
bob = model.User()
bob.user_name, bob.password = u"bob", u"secret"
bob.display_name, bob.email_address = u"Bob", u"bob@example.com"
session.add(bob)
session.flush()
