"""Tests that need a program beside Python say so; without it they are skipped, and with --all-tools they fail."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from pkgutil import resolve_name

import pytest
from hypothesis import settings

from symrnn.judging.edits import Setting
from symrnn.judging.repair import Mender
from symrnn.judging.verdict import Repair
from symrnn.language.terms import Relation
from symrnn.proving.prove import Prover
from symrnn.reading.elaborate import readings

Tool = Callable[[Sequence[str], str], str]


# A run is the same each time; what has not been tried yet is looked for by name: `pytest tests/fuzz --hypothesis-profile=long`.
settings.register_profile("same", derandomize=True)
settings.register_profile("long", max_examples=100_000)
settings.load_profile("same")


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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Every file of tests goes to one worker, in order: what its tests share, such as the report on a document, is made once."""
    if config.getoption("dist") != "load":
        return None
    config.option.loadscopereorder = False
    return resolve_name("xdist.scheduler:LoadFileScheduling")(config, log)


#: Between tests garbage is looked for when so many more objects are there.
MANY = 300_000


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """While tests run there is no search for garbage: searches through all that is loaded were a fifth of the time."""
    gc.disable()
    yield
    gc.freeze()


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """What the tests of a file share goes with the last of them; then, or after tests that made much, garbage goes."""
    module = item.getparent(pytest.Module)
    last = nextitem is None or nextitem.getparent(pytest.Module) is not module
    if module is not None and last:
        for shared in vars(module.obj).values():
            if getattr(shared, "__module__", None) == module.obj.__name__ and hasattr(shared, "cache_clear"):
                shared.cache_clear()
    if last or gc.get_count()[0] > MANY:
        gc.collect()
        gc.freeze()


#: Gradient code as people write it, scripts that do not end among it: it is read by tests, never imported.
collect_ignore_glob = ["code/samples/*.py"]

#: What tells soon whether the core still holds: engines, layers, readings, networks, unknowns, what is kept, and some keyed claims.
QUICK = ("test_cache", "test_changes", "test_engine", "test_examples", "test_layers", "test_networks", "test_unknowns")
QUICK_CLAIMS = ("[mean.md]", "[unknowns.md]", "[adjoint.md]", "[backwards.md]")


def pytest_configure(config: pytest.Config) -> None:
    """For ``pytest -m quick`` the files are loaded that hold what is quick: to load all takes longer than to run these."""
    if config.option.markexpr == "quick":
        asked = [Path(place).resolve() for place in config.args]
        files = [path for path in Path(__file__).parent.rglob("test_*.py") if path.stem in (*QUICK, "test_claims")]
        config.args[:] = sorted(str(path) for path in files if any(path.is_relative_to(place) for place in asked)) or config.args


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``pytest -m quick`` runs these."""
    for item in items:
        if item.path.stem in QUICK or (item.path.stem == "test_claims" and item.name.endswith(QUICK_CLAIMS)):
            item.add_marker(pytest.mark.quick)


MENDED, ANSWERED, PROVED = Mender.mend, Mender.answer, Prover.prove


def mended_where_there_is_no_meaning(self: Mender, relation: Relation, setting: Setting, label: str) -> tuple[list[Repair], bool]:
    """A repair says something of an equation only where that has none: two vectors side by side may stand for their outer product."""
    has_meaning = readings(relation, setting.model, setting.lexicon)[0]
    return ([], True) if has_meaning else MENDED(self, relation, setting, label)


@pytest.fixture
def without_mends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test asks for no repair, none is looked for: that is half of the work."""
    monkeypatch.setattr(Mender, "mend", mended_where_there_is_no_meaning)


@pytest.fixture(scope="module")
def without_repairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where a module of tests asks what is true alone, neither a repair nor an answer is looked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMRNN_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setattr(Mender, "mend", mended_where_there_is_no_meaning)
        patch.setattr(Mender, "answer", lambda *_: None)
        yield


@pytest.fixture(scope="module")
def words_alone(without_repairs: None) -> Iterator[None]:
    """Where a module asks for the word of a verdict, what was proven at the instance is not proven for every length as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Prover, "prove", lambda *_: None)
        yield


@pytest.fixture
def in_full(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One test of such a module that asks for repairs, answers and proofs nevertheless."""
    monkeypatch.setenv("SYMRNN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Mender, "mend", MENDED)
    monkeypatch.setattr(Mender, "answer", ANSWERED)
    monkeypatch.setattr(Prover, "prove", PROVED)


@pytest.fixture(autouse=True, scope="session")
def _no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests find is kept in a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMRNN_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
