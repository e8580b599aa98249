"""Tests of tools/install_deps.sh with stand-ins for dpkg-query, apt-get, id and sudo."""

import os
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "install_deps.sh"
# "Installed" is a file in $STATE/installed; every call of apt-get is noted in $STATE/calls.
COMMANDS = {
    "dpkg-query": 'for last; do :; done; [ -e "$STATE/installed/$last" ] && printf installed',
    "apt-cache": '[ -e "$STATE/fresh" ] && echo "  Candidate: 1.0" || echo "  Candidate: (none)"',
    "apt-get": """
        for word; do case $word in
          update) echo update >>"$STATE/calls"; [ -e "$STATE/offline" ] && exit 100
                  touch "$STATE/fresh"; exit 0 ;;
          -*|install|Dpkg*) ;;
          *) echo "install $word" >>"$STATE/calls"; touch "$STATE/installed/$word" ;;
        esac; done""",
    "id": 'echo "$FAKE_UID"',
}
SUDO_FREE = '[ "$1" = -n ] && shift; exec "$@"'
SUDO_WITH_PASSWORD = "exit 1"


class InstallDeps(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = pathlib.Path(folder.name)
        (self.state / "installed").mkdir()
        self.bin = self.state / "bin"
        self.bin.mkdir()
        for name, body in COMMANDS.items():
            self.command(name, body)
        # Only these of the machine's own programs, so that a real sudo is never found.
        for name in ("bash", "sh", "env", "grep", "mktemp", "rm", "cat", "touch", "true"):
            (self.bin / name).symlink_to(self.find(name))

    @staticmethod
    def find(name):
        for folder in ("/usr/bin", "/bin"):
            if os.path.exists(f"{folder}/{name}"):
                return f"{folder}/{name}"
        raise FileNotFoundError(name)

    def command(self, name, body):
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def run_script(self, *flags, uid=0):
        environment = {"PATH": str(self.bin), "STATE": str(self.state), "FAKE_UID": str(uid)}
        return subprocess.run(
            ["/bin/bash", str(SCRIPT), *flags],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def packages(self, *flags):
        return self.run_script("--list", *flags).stdout.split()

    def install(self, packages):
        for package in packages:
            (self.state / "installed" / package).touch()

    def calls(self):
        path = self.state / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def test_makes_no_apt_call_when_everything_is_there(self):
        self.install(self.packages())
        result = self.run_script()
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual(self.calls(), [])

    def test_installs_only_what_is_missing(self):
        packages = self.packages()
        self.install(packages[2:])
        (self.state / "fresh").touch()
        self.assertEqual(self.run_script().returncode, 0)
        self.assertEqual(self.calls(), [f"install {name}" for name in packages[:2]])

    def test_updates_the_package_lists_only_when_needed(self):
        self.install(self.packages()[1:])
        self.assertEqual(self.run_script().returncode, 0)
        self.assertEqual(self.calls(), ["update", f"install {self.packages()[0]}"])

    def test_uses_sudo_when_not_root(self):
        self.command("sudo", SUDO_FREE)
        self.install(self.packages()[1:])
        self.assertEqual(self.run_script(uid=1000).returncode, 0)
        self.assertIn(f"install {self.packages()[0]}", self.calls())

    def test_names_exactly_the_missing_packages_where_it_cannot_install(self):
        self.install(set(self.packages()) - {"cmake", "libhwy-dev"})
        for sudo in (None, SUDO_WITH_PASSWORD):
            if sudo:
                self.command("sudo", sudo)
            result = self.run_script(uid=1000)
            self.assertEqual(result.returncode, 5)
            self.assertIn("Wanted are these packages of Debian 12: cmake libhwy-dev\n", result.stderr)
            self.assertEqual(self.calls(), [])

    def test_a_failing_update_ends_with_5(self):
        (self.state / "offline").touch()
        self.assertEqual(self.run_script().returncode, 5)

    def test_dev_adds_its_packages(self):
        self.assertNotIn("clang-tidy", self.packages())
        self.assertIn("clang-tidy", self.packages("--dev"))

    def test_refuses_an_unknown_flag(self):
        self.assertEqual(self.run_script("--fast").returncode, 2)


if __name__ == "__main__":
    unittest.main()
