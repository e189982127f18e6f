from setuptools import setup

setup(name="Library", version="1.0", packages=["library"],
      install_requires=["TurboGears >= 1.5.1"])
