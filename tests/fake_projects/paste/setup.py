from setuptools import setup

setup(name="MyApp", version="1.0", packages=["myapp"],
      install_requires=["PasteDeploy"],
      entry_points={"paste.app_factory": ["main = myapp:main"]})
