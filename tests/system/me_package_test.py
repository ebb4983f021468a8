"""The device library as a modem maker gets it: installed to a prefix, found by pkg-config and by CMake, linked from C."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
EXAMPLE = os.path.join(ROOT, "me/example/example.c")
AUTN = "e0e1e2e3e4e58000e8e9eaebecedeeef"
RES = "a1a2a3a4a5a6a7a8"


def run(*command, **more):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, **more)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {result.returncode}\n{result.stdout}")
    return result.stdout


def vector():
    """The first of tests/data/transform.vec."""
    with open(os.path.join(ROOT, "tests/data/transform.vec"), encoding="utf-8") as file:
        return dict(re.findall(r"^(\w+) = (\S+)$", file.read().split("\n\n")[1], re.M))


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.prefix = os.path.join(cls.directory.name, "prefix")
        build = os.path.join(cls.directory.name, "build")
        run("cmake", "-S", os.path.join(ROOT, "me"), "-B", build, "-G", "Ninja", "-DCMAKE_INSTALL_LIBDIR=lib",
            "-DCMAKE_BUILD_TYPE=Release")
        run("cmake", "--build", build, "-j", "2")
        run("cmake", "--install", build, "--prefix", cls.prefix, "--component", "me")

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def try_example(self, program):
        data = vector()
        arguments = [program, data["K_ME"], data["imsi"], data["encRAND"], AUTN]
        answer = f"db08{RES}10{'c' * 32}10{'1' * 32}9000\n"
        done = subprocess.run(arguments, input=answer, stdout=subprocess.PIPE, text=True, timeout=20, check=False)
        self.assertEqual(done.stdout, f"> 008800812210{data['RAND']}10{AUTN}00\nRES {RES}\n")
        self.assertEqual(done.returncode, 0)
        wrong = subprocess.run(arguments, input="9862\n9862\n", stdout=subprocess.PIPE, text=True, timeout=20, check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertEqual(wrong.stdout.split("\n")[1], f"> 008800812210{data['encRAND']}10{AUTN}00")

    def test_what_is_installed(self):
        found = sorted(os.path.relpath(os.path.join(directory, name), self.prefix)
                       for directory, _, names in os.walk(self.prefix) for name in names)
        self.assertEqual([name for name in found if "Config" not in name],
                         ["include/simbiont_me.h", "lib/libsimbiont_me.a", "lib/pkgconfig/simbiont_me.pc"])

    def test_the_library_needs_nothing_but_what_copies_and_measures_memory(self):
        """No heap, files, sockets, threads or exceptions: whatever would do that stands in another library, and would be named."""
        needed, own = set(), set()
        for line in run("nm", os.path.join(self.prefix, "lib/libsimbiont_me.a")).splitlines():
            kind, _, name = line[17:].partition(" ")
            if name:
                (needed if kind == "U" else own).add(name)
        self.assertIn("simbiont_me_challenge", own)
        self.assertLessEqual(needed - own, {"memcpy", "memset", "strlen", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_"})

    def test_it_exports_what_the_header_declares_and_no_entry_is_without_an_error_code(self):
        with open(os.path.join(self.prefix, "include/simbiont_me.h"), encoding="utf-8") as file:
            header = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        declared = dict(reversed(entry) for entry in
                        re.findall(r"^([\w *]+?)(simbiont_me_\w+)\(", header, re.M))
        exported = {name for name in re.findall(r" T (simbiont_me_\w+)$", run("nm", os.path.join(self.prefix, "lib/libsimbiont_me.a")),
                                                re.M)}
        self.assertEqual(set(declared), exported)
        others = {name for name, kind in declared.items() if kind.strip() not in ("simbiont_me_status", "int")}
        self.assertEqual(others, {"simbiont_me_abi", "simbiont_me_status_text"}, "that cannot fail")

    def test_pkg_config_and_a_c_compiler(self):
        flags = run("pkg-config", "--cflags", "--libs", "simbiont_me",
                    env={**os.environ, "PKG_CONFIG_PATH": os.path.join(self.prefix, "lib/pkgconfig")}).split()
        program = os.path.join(self.directory.name, "example")
        run("cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", EXAMPLE, "-o", program, *flags)
        self.try_example(program)

    def test_find_package(self):
        build = os.path.join(self.directory.name, "example-build")
        run("cmake", "-S", os.path.dirname(EXAMPLE), "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", build)
        self.try_example(os.path.join(build, "example"))

    def test_the_header_is_c99_and_the_example_has_at_most_60_lines_of_code(self):
        run("cc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x", "c",
            os.path.join(ROOT, "me/simbiont_me.h"))
        with open(EXAMPLE, encoding="utf-8") as file:
            self.assertLessEqual(len([line for line in file if line.strip()]), 60)


if __name__ == "__main__":
    missing = [name for name in ("cc", "cmake", "ninja", "pkg-config") if not shutil.which(name)]
    if missing:
        print("skipped: not installed:", *missing)
        sys.exit(77)
    unittest.main()
