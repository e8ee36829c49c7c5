"""Import Gradio without what only its own developers need."""

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_MODULE, _FUNCTION = "gradio.component_meta", "create_or_modify_pyi"


def write_no_stubs() -> None:
    """Keep Gradio from parsing its sources whenever it is imported, to write type stubs beside them.

    That takes half of the 2.7 seconds of the import. Without effect where Gradio is imported already.
    """
    if _MODULE not in sys.modules and not any(isinstance(finder, _StubsLeftOut) for finder in sys.meta_path):
        sys.meta_path.insert(0, _StubsLeftOut())


class _StubsLeftOut(MetaPathFinder):
    """Finds the module that writes them, and replaces the function that does."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find that module, and no other."""
        spec = PathFinder.find_spec(name, path) if name == _MODULE else None
        if spec is None:
            return None
        sys.meta_path.remove(self)
        execute = spec.loader.exec_module

        def execute_and_replace(module: ModuleType) -> None:
            execute(module)
            setattr(module, _FUNCTION, lambda *_: None)

        spec.loader.exec_module = execute_and_replace
        return spec
