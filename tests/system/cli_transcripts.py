#!/usr/bin/env python3
"""Replays tests/data/cli/*.transcript: each is a session of the operator's tool in an empty directory.

cli_transcripts.py BIN_DIR TRANSCRIPT... [--update]

    $ command          run by sh, with BIN_DIR first in PATH; stdout and stderr in one
    output             what it must print; <...> stands for anything within a line
    [1]                its exit code, when it is not 0
    # comment          and blank lines before a command are kept
"""
import os
import re
import subprocess
import sys
import tempfile


def parse(text):
    """(comment lines, command, expected lines) of every step."""
    steps, comment = [], []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append((comment, line[2:], []))
            comment = []
        elif line.startswith("#") or (not line and (not steps or comment)):
            comment.append(line)
        elif not line:
            comment.append(line)
        else:
            steps[-1][2].append(line)
    return steps


def run(command, directory, bin_dir):
    environment = dict(os.environ, PATH=bin_dir + ":" + os.environ["PATH"], LC_ALL="C")
    done = subprocess.run(["sh", "-c", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    lines = done.stdout.decode(errors="replace").splitlines()
    lines = [line for line in lines if line]
    return lines + ([f"[{done.returncode}]"] if done.returncode else [])


def alike(expected, line):
    return re.fullmatch(".*?".join(re.escape(part) for part in expected.split("<...>")), line) is not None


def same(expected, actual):
    return len(expected) == len(actual) and all(map(alike, expected, actual))


def replay(path, bin_dir, update):
    steps = parse(open(path).read())
    assert steps, f"{path} holds no command"
    faults, out = 0, []
    with tempfile.TemporaryDirectory() as directory:
        for comment, command, expected in steps:
            actual = run(command, directory, bin_dir)
            kept = expected if same(expected, actual) else actual
            out += comment + ["$ " + command] + kept
            if same(expected, actual) or update:
                continue
            faults += 1
            print(f"{path}: $ {command}\n  expected:")
            print("".join(f"    {line}\n" for line in expected) + "  got:")
            print("".join(f"    {line}\n" for line in actual), end="")
    if update:
        open(path, "w").write("\n".join(out) + "\n")
    return faults


def main():
    update = "--update" in sys.argv
    bin_dir, *paths = [a for a in sys.argv[1:] if a != "--update"]
    assert paths, "no transcript"
    faults = sum(replay(path, os.path.abspath(bin_dir), update) for path in paths)
    print(f"{len(paths)} transcripts, {faults} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
