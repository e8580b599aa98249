"""Tests of tools/check_layers.py on small trees made for the purpose."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

import check_layers  # noqa: E402

ROOMS = """
noyau_room(base)
noyau_room(kernels base)
noyau_room(ir base)
noyau_room(plan ir kernels)
noyau_room(api plan)
"""


class CheckLayers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("CMakeLists.txt", ROOMS)

    def write(self, path, text):
        target = pathlib.Path(self.folder.name) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def problems(self):
        return check_layers.Checker(self.folder.name).run()[0]

    def assert_one_problem(self, start, *parts):
        problems = self.problems()
        self.assertEqual(len(problems), 1, problems)
        self.assertTrue(problems[0].startswith(start), problems[0])
        for part in parts:
            self.assertIn(part, problems[0])

    def test_allows_listed_rooms_and_what_those_may_include(self):
        self.write("src/plan/plan.cpp", '#include "ir/a.hpp"\n#include "base/b.hpp"\n#include <vector>\n')
        self.write("src/plan/plan.hpp", '#include "plan/other.hpp"\n#include <fmt/core.h>\n')
        self.assertEqual(self.problems(), [])

    def test_names_file_line_and_missing_arrow(self):
        self.write("src/ir/a.cpp", '#include <vector>\n\n#include "kernels/kernel.hpp"\n')
        self.assert_one_problem("src/ir/a.cpp:3:", "missing arrow ir -> kernels")

    def test_refuses_an_include_that_points_back(self):
        self.write("src/base/a.hpp", '#  include "plan/plan.hpp"\n')
        self.assert_one_problem("src/base/a.hpp:1:", "base -> plan")

    def test_follows_relative_paths(self):
        self.write("src/kernels/kernel.hpp", "")
        self.write("src/ir/deep/a.cpp", '#include "../../kernels/kernel.hpp"\n')
        self.assert_one_problem("src/ir/deep/a.cpp:1:", "ir -> kernels")

    def test_a_room_sees_the_public_headers_of_the_rooms_below(self):
        self.write("src/plan/a.cpp", '#include "noyau/graph.hpp"\n#include <noyau/error.hpp>\n')
        self.assertEqual(self.problems(), [])
        self.write("src/plan/b.cpp", '#include "noyau/model.hpp"\n')
        self.assert_one_problem("src/plan/b.cpp:1:", "plan -> api")

    def test_def_files_are_checked(self):
        self.write("src/ir/rows.def", '#include "plan/plan.hpp"\n')
        self.assert_one_problem("src/ir/rows.def:1:", "ir -> plan")

    def test_comments_are_not_includes(self):
        self.write("src/ir/a.cpp", '// #include "plan/a.hpp"\n/*\n#include "plan/a.hpp"\n*/\n')
        self.assertEqual(self.problems(), [])

    def test_public_headers_see_the_standard_library_and_each_other(self):
        self.write("include/noyau/graph.hpp", '#include <vector>\n#include "noyau/tensor.hpp"\n')
        self.assertEqual(self.problems(), [])
        for line in ("#include <fmt/core.h>", "#include <zlib.h>", '#include "ir/op_def.hpp"'):
            self.write("include/noyau/graph.hpp", line + "\n")
            self.assert_one_problem("include/noyau/graph.hpp:1:", "standard library only")

    def test_public_headers_keep_the_arrows(self):
        self.write("include/noyau/tensor.hpp", '#include "noyau/graph.hpp"\n')
        self.assert_one_problem("include/noyau/tensor.hpp:1:", "base -> ir")

    def test_a_public_header_needs_an_owner(self):
        self.write("include/noyau/mystery.hpp", "")
        self.assert_one_problem("include/noyau/mystery.hpp:1:", "no owner room")

    def test_apps_and_examples_see_public_headers_only(self):
        self.write("apps/noyau/main.cpp", '#include <CLI/CLI.hpp>\n#include "noyau/model.hpp"\n')
        self.assertEqual(self.problems(), [])
        for path in ("apps/noyau/main.cpp", "examples/one.cpp"):
            self.write("apps/noyau/main.cpp", "")
            self.write(path, '#include "base/random.hpp"\n')
            folder = path.split("/")[0]
            self.assert_one_problem(f"{path}:1:", f"{folder} -> base")

    def test_a_folder_that_is_no_room_is_named(self):
        self.write("src/attic/a.cpp", "")
        self.assert_one_problem("src/attic/a.cpp:1:", "no noyau_room() line")

    def test_a_room_that_names_a_later_room_is_refused(self):
        with self.assertRaises(ValueError):
            check_layers.read_rooms("noyau_room(base ir)\nnoyau_room(ir)\n")

    def test_an_empty_tree_is_not_a_success(self):
        self.assertEqual(check_layers.main([self.folder.name]), 1)


if __name__ == "__main__":
    unittest.main()
