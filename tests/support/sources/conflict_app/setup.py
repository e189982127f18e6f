from setuptools import setup

setup(
    name="conflict-app",
    version="1.0",
    description="A project that needs a newer WebOb than the baseline has",
    packages=["conflict_app"],
    install_requires=["PasteDeploy>=3", "WebOb>=1.8.10"],
    entry_points={"paste.app_factory": ["main = conflict_app:make_app"]},
)
