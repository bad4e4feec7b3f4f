"""Prints how many tests of each kind ran, from JUnit files; fails unless all passed and none was skipped.

Usage: report.py FOLDER. A kind is a folder under tests/, or `web` for the web app's own tests.
"""

import sys
from collections import Counter, defaultdict
from pathlib import Path
from xml.etree import ElementTree

OUTCOMES = ("passed", "failed", "skipped")


def kind_of(file: Path, case: ElementTree.Element) -> str:
    """`tests.clients.test_x` is of kind clients."""
    if file.stem != "pytest":
        return file.stem
    parts = case.get("classname", "").split(".")
    return parts[1] if len(parts) > 2 else "other"


def outcome_of(case: ElementTree.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def count(folder: Path) -> dict[str, Counter[str]]:
    """Kind → outcome → tests."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for file in sorted(folder.glob("*.xml")):
        for case in ElementTree.parse(file).iter("testcase"):
            kinds[kind_of(file, case)][outcome_of(case)] += 1
    return kinds


def main() -> int:
    kinds = count(Path(sys.argv[1]))
    print("Tests by kind:")
    for kind, outcomes in sorted(kinds.items()):
        print(f"  {kind:<12}", ", ".join(f"{outcomes[name]} {name}" for name in OUTCOMES))
    total = sum(kinds.values(), Counter[str]())
    print(", ".join(f"{total[name]} {name}" for name in OUTCOMES))
    return 0 if total["passed"] and not total["failed"] and not total["skipped"] else 1


if __name__ == "__main__":
    sys.exit(main())
