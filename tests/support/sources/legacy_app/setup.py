from setuptools import setup

setup(
    name="legacy.app",
    version="1.0",
    description="A project installed by setup.py, with metadata .egg-info",
    packages=["legacy_app"],
    entry_points={"paste.app_factory": ["main = legacy_app:make_app"]},
)
