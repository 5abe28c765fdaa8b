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


def test_rules_of_the_s3_client_name_tests_that_exist(_t):
    text = (ROOT / "docs" / "S3.md").read_text()
    sources = {p.stem: p.read_text() for pattern in ("unit/*/*_test.c", "fuzz/*_fuzz.c", "e2e/test_*.py")
               for p in (ROOT / "tests").glob(pattern)}
    everything = "\n".join(sources.values())
    named = 0
    for quoted in re.findall(r"`([^`\n]+)`", text):
        program, _, function = quoted.partition(": ")
        if function:
            assert f"static void {function}(" in sources.get(program, ""), quoted
        elif re.fullmatch(r"\w+_(test|fuzz)", quoted):
            assert quoted in sources, quoted
        elif re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+){2,}", quoted):
            assert re.search(rf"\b(static void |def test_){quoted}\(", everything), quoted
        elif match := re.fullmatch(r"(conformance|faults)\.(\w+)", quoted):
            assert f"def test_{match[2]}(" in sources[f"test_{match[1]}"], quoted
        else:
            continue
        named += 1
    assert named > 60, named
