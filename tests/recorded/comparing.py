"""`compare BEFORE AFTER`: says what differs between two recordings, briefly; 1 if anything does."""

import json
import re
import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from tests.recorded.rules import Rules
from tests.recorded.unpacking import parts

PAIRS: Final = 3
WIDTH: Final = 200
BREAK: Final = re.compile(r"\n|(?<=>)(?=<)|(?<=,)(?=\")")  # lines, elements of XML, members of JSON
LEFT_OUT: Final = {"logs", "about.json"}


def compare(before: Path, after: Path, *, most: int) -> int:
    """Prints the differences, `most` at most."""
    abouts = [json.loads((recording / "about.json").read_text()) for recording in (before, after)]
    left_out = LEFT_OUT | _other_day(abouts)
    names = [_names(recording, left_out) for recording in (before, after)]
    rules = [Rules.of(about) for about in abouts]
    differences = [(name, ["only before"]) for name in sorted(names[0] - names[1])]
    differences += [(name, ["only after"]) for name in sorted(names[1] - names[0])]
    for name in sorted(names[0] & names[1]):
        told = [_told(recording, name, rule) for recording, rule in zip((before, after), rules, strict=True)]
        if told[0] != told[1]:
            differences.append((name, list(_difference(told[0], told[1]))))
    for name, lines in differences[:most]:
        _print("\n    ".join([name, *lines]))
    if len(differences) > most:
        _print(f"… and {len(differences) - most} more")
    counts = ", ".join(f"{count} {sort}" for sort, count in abouts[0]["counts"].items())
    _print(f"{len(differences)} of {len(names[0] | names[1])} differ ({counts} before).")
    return int(bool(differences))


def _other_day(abouts: list[dict[str, Any]]) -> set[str]:
    """Named periods, which follow the calendar, can be compared only within one day."""
    if abouts[0]["began"][:10] == abouts[1]["began"][:10] == abouts[0]["ended"][:10] == abouts[1]["ended"][:10]:
        return set()
    _print("The recordings are of different days: operations with named periods (today/) are left out.")
    return {"today"}


def _names(recording: Path, left_out: set[str]) -> set[str]:
    paths = (path.relative_to(recording) for path in recording.rglob("*") if path.is_file())
    return {str(path) for path in paths if path.parts[0] not in left_out}


def _told(recording: Path, name: str, rules: Rules) -> list[str]:
    """What must be the same, line by line."""
    rules.begin()
    content = (recording / name).read_bytes()
    if not name.startswith("files/"):
        return json.dumps(rules.value(json.loads(content)), indent=1, ensure_ascii=False).splitlines()
    lines = []
    for part, kept in parts(name, content, rules):
        lines += [f"{part}:", *BREAK.split(kept.decode("latin-1"))]
    return lines


def _difference(before: list[str], after: list[str]) -> Iterator[str]:
    """The first lines that differ, place by place; something put in between shows as all that comes after it."""
    pairs = (pair for pair in zip_longest(before, after) if pair[0] != pair[1])
    for number, pair in enumerate(pairs):
        if number == PAIRS:
            yield "…"
            return
        for sign, line in zip("-+", pair, strict=True):
            if line is not None:
                yield f"{sign} {line.encode('unicode_escape').decode()[:WIDTH]}"


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
