from setuptools import setup

setup(name="Wiki", version="1.0", packages=["wiki", "wiki.config"],
      install_requires=["TurboGears >= 1.0.8", "SQLObject >= 0.10.1"])
