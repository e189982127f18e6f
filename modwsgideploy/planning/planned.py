"""One run of plan: what there is, is asked for, is proposed."""

from modwsgideploy.planning import capacity

SHARING = "The working directory of sites that share a daemon is / by default."


class Planned:
    """One run: what there is, what is asked for, what is proposed."""

    def __init__(self, fleet, machine, plan, proposed, unloaded):
        self.fleet = fleet
        self.machine = machine
        self.plan = plan
        self.proposed = proposed
        self.unloaded = unloaded    # name of a site -> why it did not load
        self.changes = list(capacity.changes(plan, proposed))
        self.notes = capacity.notes(plan, machine)
        # Of what nothing helps against.
        self.left = [] if proposed.fits else capacity.notes(proposed, machine)

    @property
    def shares(self):
        """Whether sites are proposed to share processes."""
        return any("daemon" in settings for _, settings in self.changes)

    @property
    def summary(self):
        """How much it is."""
        count = len(self.fleet.members)
        return (f"{_count(count, 'site')}:"
                f" {_count(self.plan.processes, 'process')},"
                f" {_count(self.plan.threads, 'thread')}")

    @property
    def verdict(self):
        """All of it in one line."""
        return (f"{self.summary};"
                + (" all fits" if self.plan.fits else
                   f" DOES NOT FIT: {_missing(self.plan)}"))


def _missing(plan):
    """How much of what a Plan has too little of."""
    return ", ".join(
        f"{figure.missing} {figure.unit} too {_few(figure)}"
        if figure.name.startswith("connections") else
        f"{figure.name}: {figure.missing} {figure.unit} too {_few(figure)}"
        for figure in plan.missing)


def _few(figure):
    return "little" if figure.unit == "MB" else "few"


def _count(number, word):
    plural = "es" if word.endswith("s") else "s"
    return f"{number} {word}{plural if number != 1 else ''}"


def found(machine):
    """What a Machine has, as (name, value, source)."""
    for field, source in machine.sources:
        value = getattr(machine, field)
        if source:
            yield (field.replace("_", " "),
                   f"{value // capacity.MB} MB" if field == "memory"
                   else value, source)


def called(pool):
    """The name of a capacity.Pool, and how many sites it has."""
    return pool.name + (f" ({len(pool.members)} sites)"
                        if len(pool.members) > 1 else "")
