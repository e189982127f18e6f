from setuptools import find_packages, setup

setup(
    name="pyramid-app",
    version="1.0",
    description="A Pyramid project, as its cookiecutters shaped them",
    packages=find_packages(),
    include_package_data=True,
    zip_safe=False,
    install_requires=["pyramid", "plaster_pastedeploy"],
    entry_points={"paste.app_factory": ["main = pyramid_app:main"]},
)
