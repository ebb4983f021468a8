#!/usr/bin/env python3
"""The operator's tool against a running simbiont-hss: the same commands and answers as offline, through the socket.

cli_running.py BIN_DIR
"""
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

K = "465b5ce8b199b49faa5f0a2ee238a6bc"
OPC = "cd63cb71954a9f4e48a5994e37a02baf"


class Site:
    """A directory with a store; commands run in it."""

    def __init__(self, bin_dir, directory):
        self.bin, self.dir = bin_dir, directory

    def run(self, *words, expect=0):
        done = subprocess.run([self.bin + "/simbiont", *words], cwd=self.dir, capture_output=True, text=True, timeout=60)
        assert done.returncode == expect, (words, done)
        assert K not in done.stdout + done.stderr and OPC not in done.stdout + done.stderr, words
        return done.stdout if expect == 0 else done.stderr

    def json(self, *words):
        return json.loads(self.run(*words, "--json"))

    def start_hss(self):
        hss = subprocess.Popen([self.bin + "/simbiont-hss", "--listen", "127.0.0.1:0"], cwd=self.dir,
                               stderr=subprocess.DEVNULL)
        for _ in range(1200):
            if os.path.exists(self.dir + "/simbiont.db.sock") and self.json("status")["running"]:
                return hss
            assert hss.poll() is None, "simbiont-hss ended"
            time.sleep(0.05)
        raise AssertionError("no admin socket")

    def write(self, name, text):
        with open(f"{self.dir}/{name}", "w") as file:
            file.write(text)


def the_socket_is_private(site):
    mode = os.stat(site.dir + "/simbiont.db.sock").st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600, oct(mode)


def changes_go_through_the_running_hss(site):
    site.run("kme", "add", "meter", "--generate")
    site.run("device", "add", "49015420323751", "--kme", "meter")
    site.run("subscriber", "add", "001010000000001", "--k", K, "--opc", OPC)
    bound = site.json("bind", "001010000000001", "49015420323751")
    assert bound["items"][0]["mode"] == "enforce", bound
    assert site.json("bindings")[0]["kme"] == "meter"
    assert "exists already" in site.run("subscriber", "add", "001010000000001", "--k", K, "--opc", OPC, expect=1)


def a_file_is_imported_and_a_bad_one_is_not(site):
    rows = [f"{262010000000000 + i},{K},{OPC}\n" for i in range(30_000)]
    site.write("good.csv", "imsi,k,opc\n" + "".join(rows))
    assert "imported 30000 subscribers" in site.run("import", "subscribers", "good.csv")
    site.write("bad.csv", f"imsi,k,opc\n262020000000000,{K},{OPC}\n262020000000001,{K},\n")
    complaint = site.run("import", "subscribers", "bad.csv", expect=1)
    assert "bad.csv:3: op or opc is missing" in complaint, complaint
    site.run("subscriber", "show", "262020000000000", expect=1)
    assert site.json("status")["subscribers"] == 30_001
    assert len(site.json("subscriber", "list")) == 30_001


def events_are_followed(site):
    follower = subprocess.Popen([site.bin + "/simbiont", "events", "--follow", "--json"], cwd=site.dir,
                                stdout=subprocess.PIPE, text=True)
    site.run("mode", "001010000000001", "observe")
    kinds = []
    while "mode-changed" not in kinds:
        kinds.append(json.loads(follower.stdout.readline())["kind"])
    follower.send_signal(signal.SIGINT)
    assert follower.wait(60) == 0, "Ctrl-C ends it in order"
    assert kinds.count("imported") == 1, kinds


def a_reader_that_goes_away_ends_the_follower(site):
    follower = subprocess.Popen([site.bin + "/simbiont", "events", "--follow"], cwd=site.dir, stdout=subprocess.PIPE)
    follower.stdout.readline()
    follower.stdout.close()
    for mode in ("off", "observe") * 10:
        site.run("mode", "001010000000001", mode)
        if follower.poll() is not None:
            break
        time.sleep(0.1)
    assert follower.wait(60) == 0


def followers_and_silent_clients_hold_up_nobody(site):
    followers = [subprocess.Popen([site.bin + "/simbiont", "events", "--follow"], cwd=site.dir, stdout=subprocess.DEVNULL)
                 for _ in range(32)]
    silent = []
    try:
        time.sleep(1)
        while len(silent) < 32:
            client = socket.socket(socket.AF_UNIX)
            try:
                client.connect(site.dir + "/simbiont.db.sock")
                silent.append(client)
            except BlockingIOError:  # the listen queue is full for a moment
                client.close()
                time.sleep(0.005)
        begun = time.monotonic()
        site.run("subscriber", "show", "001010000000001")
        took = time.monotonic() - begun
        assert took < 1.5, took
        assert all(follower.poll() is None for follower in followers)
    finally:
        for follower in followers:
            follower.send_signal(signal.SIGINT)
        for client in silent:
            client.close()
        assert [follower.wait(20) for follower in followers] == [0] * 32


def a_backup_is_taken_and_restored(site):
    site.run("backup", "copy")
    site.run("subscriber", "remove", "001010000000001")
    site.run("restore", "copy")
    assert site.json("bindings")[0]["imsi"] == "001010000000001"


def a_kill_leaves_nothing_in_the_way(site, hss):
    hss.kill()
    hss.wait()
    assert os.path.exists(site.dir + "/simbiont.db.sock"), "the stale socket is part of this test"
    assert site.json("status")["running"] is False
    assert site.json("bindings")[0]["imsi"] == "001010000000001"
    return site.start_hss()


def a_held_lock_without_a_socket_names_the_process(site, hss):
    os.rename(site.dir + "/simbiont.db.sock", site.dir + "/moved")
    complaint = site.run("subscriber", "list", expect=1)
    assert str(hss.pid) in complaint, complaint
    os.rename(site.dir + "/moved", site.dir + "/simbiont.db.sock")


def main():
    bin_dir = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        site = Site(bin_dir, directory)
        site.run("init")
        hss = site.start_hss()
        try:
            for test in (the_socket_is_private, changes_go_through_the_running_hss,
                         a_file_is_imported_and_a_bad_one_is_not, events_are_followed,
                         a_reader_that_goes_away_ends_the_follower, followers_and_silent_clients_hold_up_nobody,
                         a_backup_is_taken_and_restored):
                test(site)
                print("ok", test.__name__)
            hss = a_kill_leaves_nothing_in_the_way(site, hss)
            print("ok a_kill_leaves_nothing_in_the_way")
            a_held_lock_without_a_socket_names_the_process(site, hss)
            print("ok a_held_lock_without_a_socket_names_the_process")
            hss.terminate()
            assert hss.wait(60) == 0
            assert not os.path.exists(directory + "/simbiont.db.sock")
        finally:
            hss.kill()


if __name__ == "__main__":
    main()
