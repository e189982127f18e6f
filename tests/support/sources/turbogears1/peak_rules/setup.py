from setuptools import setup

# Under the name that TurboGears requires; the real one is not on the index.
setup(name="PEAK-Rules", version="0.5a2",
      packages=["peak", "peak.rules"], namespace_packages=["peak"],
      zip_safe=False)
