# -*- coding: utf-8 -*-
"""More pages for a quickstarted project of TurboGears 1.1 or 1.5."""

import cherrypy
import turbogears
from turbogears import (
    error_handler,
    expose,
    flash,
    identity,
    redirect,
    validate,
    validators,
    widgets,
)

from PACKAGE import controllers


class Fields(widgets.WidgetsList):
    name = widgets.TextField(validator=validators.NotEmpty())
    day = widgets.CalendarDatePicker(
        validator=validators.DateConverter(month_style="dd/mm/yyyy"))


note = widgets.TableForm(fields=Fields(), submit_text=u"Süß")


class Root(controllers.Root):

    @expose()
    def greet(self, name=u""):
        return u"Grüße, %s, from %s" % (name, turbogears.url("/form"))

    @expose("json")
    def settings(self, **names):
        get = cherrypy.config.get
        return {name: get(name) for name in names.values()}

    @expose()
    def leave(self):
        flash(u"Grüße")
        redirect("/form")

    @expose("PACKAGE.templates.form")
    def form(self):
        return dict(form=note, action=turbogears.url("/save"), saved=u"")

    @expose("PACKAGE.templates.form")
    @validate(form=note)
    @error_handler(form)
    def save(self, name, day):
        return dict(form=note, action=turbogears.url("/save"), saved=name)

    @expose()
    @identity.require(identity.not_anonymous())
    def secret(self):
        return u"for %s alone" % identity.current.user.user_name

    @expose()
    def fail(self):
        raise ValueError("failed on purpose")
