"""Tests that need a program beside Python say so; without it they are skipped, and with --all-tools they fail."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import settings

Tool = Callable[[Sequence[str], str], str]


# The long run, by name: `pytest tests/fuzz --hypothesis-profile=long`.
settings.register_profile("long", max_examples=100_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-tools", action="store_true", help="fail, instead of skipping, where TeX or a browser is missing")


@pytest.fixture(scope="session")
def tool(request: pytest.FixtureRequest) -> Tool:
    """Finds the first of some programs; `packages` says what to install where there is none."""

    def found(names: Sequence[str], packages: str) -> str:
        for name in names:
            if shutil.which(name):
                return name
        missing = f"none of {', '.join(names)} was found (Debian: apt-get install {packages})"
        if request.config.getoption("--all-tools"):
            pytest.fail(missing)
        pytest.skip(missing)

    return found


#: Gradient code as people write it, scripts that do not end among it: it is read by tests, never imported.
collect_ignore_glob = ["code/*.py"]

#: What tells soon whether the core still holds: engines, layers, readings, networks, unknowns, what is kept, and some keyed claims.
QUICK = ("test_cache", "test_changes", "test_engine", "test_layers", "test_letters", "test_networks", "test_unknowns")
QUICK_CLAIMS = ("[mean.md]", "[unknowns.md]", "[adjoint.md]", "[backwards.md]")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``pytest -m quick`` runs these."""
    for item in items:
        if item.path.stem in QUICK or (item.path.stem == "test_claims" and item.name.endswith(QUICK_CLAIMS)):
            item.add_marker(pytest.mark.quick)


@pytest.fixture(autouse=True, scope="session")
def _no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests find is kept in a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMRNN_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
