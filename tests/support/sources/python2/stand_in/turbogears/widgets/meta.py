"""What a widget's first display runs."""


def lockwidget(self, *args, **kw):
    raise NotImplementedError
