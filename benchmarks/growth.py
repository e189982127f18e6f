"""What each site of a batch costs as their number grows.

With matplotlib at hand (pip install -e '.[bench]') this also draws
docs/growth.svg.
"""

import os
import tempfile

from batch import batch, copied, manifest

SIZES = (1000, 3000, 10000, 30000, 100000)
# On a disk, what was deleted before and what is still to be written decide
# over the cost, by a factor of ten.
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
PLOT = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "docs", "growth.svg")


def rows():
    """Each measurement: name, figure, ratio, aim."""
    costs = {"new sites": [], "the same again, unchanged": [],
             "a loop that writes the same bytes": []}
    for size in SIZES:
        with tempfile.TemporaryDirectory(dir=MEMORY) as top:
            path = manifest(os.path.join(top, "sites"), size)
            seconds, peak = batch(path, "--jobs=1")
            measured = (seconds, batch(path, "--jobs=1")[0],
                        copied(os.path.dirname(path)))
        for cost, figure in zip(costs.values(), measured):
            cost.append(figure / size * 1000)
        first, *others = costs.values()
        yield (f"batch, {size} new sites ({peak:.0f} MB)",
               f"{first[-1]:.2f} ms", f"{first[-1] / first[0]:.2f}",
               "<= 1.1")
        yield ("  again, and written by a loop",
               " ".join(f"{cost[-1]:.2f}" for cost in others), "", "")
    draw(costs)


def draw(costs):
    """Draw ``costs``, a dict of title to milliseconds for each of SIZES."""
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "growth", "font.size": 9})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 3.5), layout="constrained")
    for title, cost in costs.items():
        axes.plot(SIZES, cost, marker="o", label=title)
    axes.set(xscale="log", xlabel="sites in the manifest",
             ylabel="milliseconds for each", ylim=(0, None), xticks=SIZES,
             xticklabels=[f"{size:,}" for size in SIZES])
    axes.minorticks_off()
    axes.grid(alpha=.3)
    axes.legend()
    figure.savefig(PLOT, metadata={"Date": None})
