"""Every backend has what the contract names; what is missing is told."""

import inspect
import os
import unittest

from modwsgideploy.backends import BACKENDS, DEFAULT
from modwsgideploy.backends.backend import Backend
from modwsgideploy.sites.options import BY_NAME
from modwsgideploy.templating.directory import TEMPLATES


def contract():
    """The names that the Protocol has."""
    return [name for name in vars(Backend) if not name.startswith("_")]


class Contract(unittest.TestCase):

    def test_every_backend_has_every_name(self):
        self.assertGreater(len(contract()), 10)
        for backend in BACKENDS.values():
            for name in contract():
                self.assertTrue(
                    hasattr(backend, name),
                    f"{backend.__name__} lacks {name}, which the registry"
                    " in backends/__init__.py needs: see backends/backend.py")

    def test_functions_take_what_the_contract_says(self):
        for backend in BACKENDS.values():
            for name in contract():
                wanted = vars(Backend)[name]
                if isinstance(wanted, property):
                    self.assertFalse(callable(getattr(backend, name)), name)
                    continue
                self.assertEqual(
                    list(inspect.signature(wanted).parameters)[1:],
                    list(inspect.signature(
                        getattr(backend, name)).parameters),
                    f"{backend.__name__}.{name}")

    def test_every_backend_has_a_folder_of_templates(self):
        for key, backend in BACKENDS.items():
            sections = (f"{key}/runbook-{part}.txt_tmpl"
                        for part in ("files", "server", "virtualenv",
                                     "update"))
            for path in (key, *backend.FRAGMENTS.values(), *sections):
                self.assertTrue(
                    os.path.exists(os.path.join(TEMPLATES, path)),
                    f"templates/{path}, which {key} needs, is missing")
            self.assertIn("content", backend.FRAGMENTS, key)

    def test_every_module_here_is_in_the_registry(self):
        import modwsgideploy.backends

        here = os.path.dirname(modwsgideploy.backends.__file__)
        modules = {name[:-len(".py")] for name in os.listdir(here)
                   if name.endswith(".py")} - {"__init__", "backend"}
        self.assertEqual(modules, set(BACKENDS))

    def test_the_option_offers_every_backend(self):
        self.assertEqual(BY_NAME["backend"].choices, tuple(BACKENDS))
        self.assertEqual(BY_NAME["backend"].default, DEFAULT)


if __name__ == "__main__":
    unittest.main()
