"""What is shipped is whole, what is installed is pinned, and the wheel works away from its sources."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = ("constraints-build.txt", "constraints.txt", "constraints-dev.txt")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def plain(name: str) -> str:
    """A distribution's name in its one normal form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*requirements: str) -> set[str]:
    return {plain(found[0]) for one in requirements if (found := NAME.match(one))}


def pinned(file: str) -> dict[str, str]:
    lines = (TOP / file).read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if line and line[0] not in " #")


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=TOP)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a new environment that has the wheel and, borrowed from ours, what it needs."""
    folder = tmp_path_factory.mktemp("an environment") / "venv"
    venv.create(folder, with_pip=False)
    ours = sysconfig.get_path("purelib")
    theirs = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    (theirs / "borrowed.pth").write_text(ours + "\n")
    return folder / "bin"


def test_the_wheel_holds_the_package_the_templates_and_the_example(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {path.relative_to(TOP).as_posix() for kind in ("*.py", "*.po") for path in (TOP / "publisher").rglob(kind)}
    assert "publisher/locale/ar/LC_MESSAGES/publisher.po" in wanted
    for folder, place in (("templates", "publisher/templates"), ("columns", "publisher/example/columns")):
        files = [path for path in (TOP / folder).rglob("*") if path.is_file()]
        wanted |= {f"{place}/{path.relative_to(TOP / folder).as_posix()}" for path in files}
    wanted |= {"publisher/example/config.toml", "publisher/example/readers.csv"}
    assert wanted <= held
    strangers = {name for name in held if not name.startswith("publisher")}
    assert not strangers


def test_an_installed_wheel_makes_a_site_that_can_be_used(installed: Path, tmp_path: Path) -> None:
    told = run(installed / "publisher", "init", "our site", cwd=tmp_path)
    assert "publisher run --once" in told
    site = tmp_path / "our site"
    assert "can be used: 2 columns" in run(installed / "publisher", "config", "check", cwd=site)
    assert (site / "columns" / "harbour-notes" / "quay-seven.png").is_file()


def test_an_installed_wheel_finds_its_own_templates(installed: Path, tmp_path: Path) -> None:
    program = """
import publisher
from publisher.errors import TemplateError
from publisher.templating import open_templates
try:
    open_templates(None).render("letter/no-such-letter.html", {})
except TemplateError as wrong:
    print(wrong)
print(publisher.__file__)
"""
    told, where = run(installed / "python", "-c", program, cwd=tmp_path).strip().splitlines()
    package = Path(where).parent
    assert package.is_relative_to(installed.parent)
    assert str(package / "templates") in told


@pytest.mark.parametrize("file", CONSTRAINTS)
def test_everything_is_pinned_with_hashes_and_no_host_is_named(file: str) -> None:
    text = (TOP / file).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
    for block in re.split(r"\n(?=\S)", text.strip()):
        if not block.startswith("#"):
            assert re.match(r"[a-z0-9._-]+==[^\s;]+", block), block
            assert "--hash=sha256:" in block, block


def test_all_that_we_declare_is_pinned() -> None:
    base = declared(*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["postgres"])
    assert base <= {plain(name) for name in pinned("constraints.txt")}
    assert declared(*PROJECT["optional-dependencies"]["dev"]) <= {plain(name) for name in pinned("constraints-dev.txt")}


def test_the_sets_agree_with_each_other() -> None:
    dev = pinned("constraints-dev.txt")
    assert pinned("constraints.txt").items() <= dev.items()
    build = pinned("constraints-build.txt")
    assert {name: version for name, version in build.items() if name in dev and dev[name] != version} == {}


def test_the_package_imports_nothing_that_it_does_not_declare() -> None:
    """What comes only with something else may go with it."""
    allowed = declared(*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["postgres"])
    for extra in ("s3", "oidc"):
        allowed |= declared(*PROJECT["optional-dependencies"][extra])
    allowed |= {"publisher", "pydantic-core"}  # the second is half of pydantic and pinned by it
    distributions = packages_distributions()
    missing: dict[str, str] = {}
    for path in (TOP / "publisher").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for top in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"publisher"}:
                if not {plain(name) for name in distributions.get(top, [top])} & allowed:
                    missing[path.relative_to(TOP).as_posix()] = top
    assert not missing


def test_what_npm_installs_is_pinned_and_no_host_of_a_registry_is_named() -> None:
    folder = TOP / "tests" / "npm"
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["dependencies"].values())
    assert lock["packages"][""]["dependencies"] == package["dependencies"]
    for name, one in lock["packages"].items():
        assert "resolved" not in one
        assert not name or one["integrity"].startswith("sha512-")


def test_the_script_lists_its_commands_and_knows_no_others() -> None:
    script = TOP / "dev"
    told = run("sh", script, cwd=Path("/"))
    assert [line.split()[1] for line in told.splitlines()] == ["run", "serve", "test", "check", "bench", "pin"]
    done = subprocess.run(["sh", str(script), "nonsense"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "There is no command nonsense" in done.stderr
    assert done.stdout == ""


def test_the_scripts_are_written_for_a_plain_shell() -> None:
    run("sh", "-n", TOP / "dev", cwd=TOP)
    run("bash", "-n", TOP / ".ci" / "run", cwd=TOP)


def test_an_installed_wheel_does_the_whole_job_on_a_new_site(installed: Path, tmp_path: Path) -> None:
    """Post in, feeds out, a letter to each reader over SMTP: with nothing but what was installed."""
    site = tmp_path / "site"
    publisher = installed / "publisher"
    run(publisher, "init", site, cwd=tmp_path)
    run(publisher, "subscribers", "import", "readers.csv", "--newsletter", "morning", cwd=site)
    run(publisher, "run", "--once", "--now", cwd=site)
    readers = len((site / "readers.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert len(list((site / "var" / "outbox" / "new").iterdir())) == readers >= 3
    assert (site / "feeds" / "harbour-notes" / "atom.xml").is_file()
    assert (site / "feeds" / "harbour-notes" / "the-ferry-that-waits.html").is_file()
