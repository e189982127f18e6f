from setuptools import setup

setup(
    name="factory-app",
    version="1.0",
    description="A project without entry points: its ini names the callable",
    packages=["factory_app"],
)
