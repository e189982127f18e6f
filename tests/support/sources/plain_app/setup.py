from setuptools import setup

setup(
    name="Plain-App",
    version="1.0",
    description="A PasteDeploy project without a framework",
    packages=["plain_app"],
    package_data={"plain_app": ["static/*"]},
    install_requires=["PasteDeploy", "Paste"],
    entry_points={"paste.app_factory": ["main = plain_app:make_app"]},
)
