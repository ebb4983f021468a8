"""Which files the checks look at, and how they are told apart. Shared by tools/check_*."""
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
SKIPPED = {"build", ".git", ".cache", "__pycache__"}


def files(root):
    """Every file of the project below root, as sorted relative paths: what git knows or would add, else all."""
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
                            capture_output=True, check=False)
    if listed.returncode == 0 and os.path.exists(os.path.join(root, ".git")):
        names = listed.stdout.decode().split("\0")
        return sorted(n for n in names if n and os.path.isfile(os.path.join(root, n)))
    found = []
    for directory, below, names in os.walk(root):
        below[:] = [b for b in below if b not in SKIPPED]
        found += [os.path.relpath(os.path.join(directory, n), root) for n in names]
    return sorted(found)


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


def is_cpp(name):
    return name.endswith((".cpp", ".h"))


def blank_comments_and_literals(text):
    """The same text with comments and literals as spaces: offsets and line numbers stay."""
    token = re.compile(r'R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\''
                       r"|//[^\n]*|/\*.*?\*/", re.S)
    return token.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def main(check, plant):
    """CHECK [ROOT] runs check(root) -> [complaint]; --self-test proves that each planted fault is found."""
    arguments = sys.argv[1:]
    if arguments == ["--self-test"]:
        sys.exit(self_test(check, plant))
    root = arguments[0] if arguments else os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "..")
    complaints = check(os.path.abspath(root))
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    sys.exit(1 if complaints else 0)


def self_test(check, plant):
    """plant: [(file, content, must be found)]. Each stands alone in a tree of its own."""
    failures = 0
    for name, content, must_find in plant:
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, os.path.dirname(name)), exist_ok=True)
            with open(os.path.join(root, name), "w", encoding="utf-8") as f:
                f.write(content)
            found = bool(check(root))
            if found != must_find:
                failures += 1
                print(f"self-test: {name}: {'not found' if must_find else 'wrongly found'}: {content[:80]!r}",
                      file=sys.stderr)
    print(f"self-test: {len(plant)} plants, {failures} wrong")
    return 1 if failures else 0
