#!/usr/bin/env python3
"""Checks that includes follow the arrows between rooms.

Usage: tools/check_layers.py [ROOT]

The arrows are the noyau_room(NAME ROOM...) lines of ROOT/CMakeLists.txt: a room may include the
rooms it lists and what those may include. Public headers belong to the room that defines them
(OWNERS). apps/ and examples/ may include public headers and external libraries only; public headers
may include the standard library and each other. Exit code 1 when an include breaks a rule; each is
printed as file:line with the arrow that is missing.
"""

import pathlib
import re
import sys

# Which room defines what each public header declares. A header that joins rooms belongs to api.
OWNERS = {
    "csv": "base",
    "shell_word": "base",
    "error": "base",
    "memory": "base",
    "task": "base",
    "numerics": "base",
    "tensor": "base",
    "graph": "ir",
    "nn": "nn",
    "loss": "nn",
    "data": "data",
    "check": "data",
    "split": "data",
    "check_report": "explain",
    "weights": "io",
    "weight_store": "api",
    "metrics": "explain",
    "report": "explain",
    "summary": "explain",
    "augment": "api",
    "train": "api",
    "model": "api",
    "bench": "api",
    "ensemble": "api",
    "lr_finder": "api",
    "advise": "api",
    "search": "api",
    "study": "api",
    "profile": "api",
    "compare": "api",
    "run": "api",
    "noyau": "api",
}
SUFFIXES = {".cpp", ".hpp", ".h", ".c", ".inc", ".def"}
ROOM_LINE = re.compile(r"^\s*noyau_room\(([^)]*)\)", re.MULTILINE)
INCLUDE_LINE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
STANDARD_HEADER = re.compile(r"^[a-z_]+$")


def read_rooms(cmake_text):
    """Room -> the rooms it names. Raises ValueError when one is named before it is declared."""
    rooms = {}
    for match in ROOM_LINE.finditer(cmake_text):
        name, *listed = match.group(1).split()
        unknown = [room for room in listed if room not in rooms]
        if unknown:
            raise ValueError(f"noyau_room({name}): {' '.join(unknown)} must be declared above it")
        rooms[name] = listed
    return rooms


def reachable(rooms):
    """Room -> every room it may include, itself among them."""
    closure = {}
    for name, listed in rooms.items():
        closure[name] = {name}.union(*(closure[room] for room in listed))
    return closure


def includes(path):
    """Yields (line number, quote or angle bracket, included name)."""
    in_comment = False
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
        if in_comment:
            in_comment = "*/" not in line
            continue
        match = INCLUDE_LINE.match(line)
        if match:
            yield number, match.group(1), match.group(2)
        in_comment = line.rfind("/*") > line.rfind("*/")


class Checker:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.rooms = read_rooms((self.root / "CMakeLists.txt").read_text())
        self.allowed = reachable(self.rooms)
        self.problems = []

    def report(self, path, line, text):
        self.problems.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def target_of(self, path, name):
        """("room", R), ("public", header) or ("external", name) for an include found in `path`."""
        first, _, rest = name.partition("/")
        if first == "noyau" and rest:
            return "public", rest
        if first in self.rooms and rest:
            return "room", first
        relative = (path.parent / name).resolve()
        if relative.is_file() and relative.is_relative_to(self.root / "src"):
            return "room", relative.relative_to(self.root / "src").parts[0]
        if relative.is_file() and relative.is_relative_to(self.root / "include" / "noyau"):
            return "public", relative.name
        return "external", name

    def owner_of(self, path, line, header):
        owner = OWNERS.get(pathlib.PurePath(header).stem)
        if owner is None:
            self.report(path, line, f"noyau/{header} has no owner room in tools/check_layers.py")
        return owner

    def check_arrow(self, path, line, room, target, name):
        if target is not None and target not in self.allowed[room]:
            self.report(
                path, line, f"room {room} may not include {name}: missing arrow {room} -> {target}"
            )

    def check_room_file(self, path, room):
        for line, _, name in includes(path):
            kind, target = self.target_of(path, name)
            if kind == "public":
                target = self.owner_of(path, line, target)
            if kind != "external":
                self.check_arrow(path, line, room, target, name)

    def check_public_header(self, path):
        own_room = self.owner_of(path, 1, path.name)
        for line, quote, name in includes(path):
            kind, target = self.target_of(path, name)
            if kind == "public":
                target = self.owner_of(path, line, target)
                if own_room is not None:
                    self.check_arrow(path, line, own_room, target, name)
            elif kind == "room" or quote == '"' or not STANDARD_HEADER.match(name):
                self.report(
                    path, line, f"public headers include the standard library only, not {name}"
                )

    def check_user_file(self, path):
        folder = path.relative_to(self.root).parts[0]
        for line, _, name in includes(path):
            kind, target = self.target_of(path, name)
            if kind == "room":
                self.report(
                    path,
                    line,
                    f"{folder} may not include {name}: missing arrow {folder} -> {target}; "
                    "use a public header <noyau/...>",
                )

    def files(self, folder):
        for path in sorted((self.root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                yield path

    def run(self):
        """The problems found and the number of files read."""
        count = 0
        for path in self.files("src"):
            count += 1
            room = path.relative_to(self.root / "src").parts[0]
            if room in self.rooms:
                self.check_room_file(path, room)
            else:
                self.report(path, 1, f"src/{room} has no noyau_room() line in CMakeLists.txt")
        for path in self.files("include/noyau"):
            count += 1
            self.check_public_header(path)
        for folder in ("apps", "examples"):
            for path in self.files(folder):
                count += 1
                self.check_user_file(path)
        return self.problems, count


def main(arguments):
    root = arguments[0] if arguments else pathlib.Path(__file__).resolve().parent.parent
    try:
        problems, count = Checker(root).run()
    except ValueError as error:
        problems, count = [f"CMakeLists.txt: {error}"], 0
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"check_layers: {count} files, {len(problems)} problems")
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
