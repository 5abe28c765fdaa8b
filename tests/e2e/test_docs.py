"""What the documents say of the program is what the program is."""
import re

from support import ROOT


def operations():
    return (ROOT / "docs" / "OPERATIONS.md").read_text()


def test_every_error_code_is_documented(_t):
    declared = re.findall(r'X\(\w+, "(\w+)", (\d+)\)', (ROOT / "src/base/error.h").read_text())
    documented = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", operations(), re.M))
    assert len(declared) > 30, "the declaration in error.h was not found"
    assert documented == {name: code for name, code in declared if name != "ok"}


def test_every_variable_is_documented(_t):
    declared = {name for source in (ROOT / "src/cli").glob("*.c")
                for name in re.findall(r'"(TS_INDEXER_\w+)"', source.read_text())}
    documented = set(re.findall(r"`(TS_INDEXER_\w+)`", operations()))
    assert declared and declared == documented, declared ^ documented


def test_every_command_of_the_readme_exists(t):
    readme = (ROOT / "README.md").read_text()
    commands = set(re.findall(r"^ +ts-indexer (\w+)", readme, re.M))
    assert len(commands) >= 5, commands
    for command in commands:
        t.ti(command, "--help").ok()


def test_every_link_leads_somewhere(_t):
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()):
            assert target.startswith("http") or (document.parent / target).exists(), f"{document.name}: {target}"


def test_make_help_lists_every_target_of_the_readme(_t):
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z0-9 ]*):.*## ", makefile, re.M))
    known = {word for line in targets for word in line.split()}
    for document in ("README.md", "CONTRIBUTING.md", "docs/TESTING.md", "docs/BENCHMARKS.md"):
        for target in re.findall(r"(?:^ +|`)make ([a-z0-9]+)", (ROOT / document).read_text(), re.M):
            assert target in known, f"{document} names make {target}"
