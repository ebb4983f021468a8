"""What the rows of `make bench` run on: an operator's files and store, the HSS and the bare responder on one core, the load generator
on another."""
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import make_data

SERVER_CORE, LOAD_CORE = 0, 1
UNBOUND_FIRST = 2010000000000
TICKS = os.sysconf("SC_CLK_TCK")


def pinned(core, command):
    return ["taskset", "-c", str(core), *map(str, command)] if os.cpu_count() > 1 else [*map(str, command)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A program that answers on .port, on the servers' core."""

    def __init__(self, command, port, log):
        self.port, self.log = port, log
        self.begun = time.monotonic()
        with open(log, "wb") as output:
            self.process = subprocess.Popen(pinned(SERVER_CORE, command), stdout=output, stderr=output,
                                            stdin=subprocess.DEVNULL)
        self.wait_listening()

    def wait_listening(self):
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None or time.monotonic() - self.begun > 120:
                raise SystemExit(f"bench: a server did not start: {open(self.log, encoding='utf-8').read()}")
            time.sleep(0.002)

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_octets(self, what="VmRSS"):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return int(re.search(rf"{what}:\s+(\d+) kB", f.read())[1]) * 1024

    def wait_idle(self):
        """Until what an overload left behind is worked off."""
        for _ in range(200):
            before = self.cpu_seconds()
            time.sleep(0.05)
            if self.cpu_seconds() - before <= 1 / TICKS:
                return

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Site:
    def __init__(self, directory, binaries, count, unbound):
        self.directory, self.binaries, self.count, self.unbound = directory, binaries, count, unbound
        self.db = self.path("bench.db")
        self.servers = []

    def path(self, name):
        return os.path.join(self.directory, name)

    def program(self, name):
        return os.path.join(self.binaries, name)

    def run(self, *command):
        """(seconds, the process's largest resident size in octets)"""
        begun = time.monotonic()
        process = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"bench: {' '.join(map(str, command))}: {output.decode(errors='replace')}")
        return time.monotonic() - begun, usage.ru_maxrss * 1024

    def make(self):
        make_data.make(self.directory, self.count, kmes=64)
        make_data.make_unbound(self.path("unbound.csv"), UNBOUND_FIRST, self.unbound)
        self.cli("init")

    def cli(self, *arguments):
        return self.run(self.program("simbiont"), "--db", self.db, *arguments)

    def start(self, command, port, log):
        self.servers.append(Server(command, port, self.path(log)))
        return self.servers[-1]

    def start_hss(self):
        port = free_port()
        with open(self.path("hss.toml"), "w", encoding="ascii") as f:
            f.write(f"[cache]\nsubscribers = {self.count + self.unbound}\n[log]\nlevel = \"warn\"\n")
        return self.start([self.program("simbiont-hss"), "--config", self.path("hss.toml"), "--db", self.db, "--listen",
                           f"127.0.0.1:{port}", "--origin-host", "hss.bench.example", "--origin-realm", "bench.example"],
                          port, f"hss-{len(self.servers)}.log")

    def start_responder(self, *options):
        port = free_port()
        return self.start([self.program("bench_responder"), "--data", self.directory, "--port", port, *options], port,
                          f"responder-{len(self.servers)}.log")

    def key_files(self):
        return [part for option, name in (("keys", "subscribers"), ("kmes", "kmes"), ("devices", "devices"), ("bindings", "bindings"))
                for part in (f"--{option}", self.path(name + ".csv"))]

    def load(self, server, *options, first=make_data.FIRST_IMSI, count=None):
        """The load generator's report, with server_us: the server's CPU time an answered request, in microseconds."""
        command = [self.program("simbiont-lab"), "load", "--port", server.port, "--first-imsi", f"{first:015d}", "--count",
                   count or self.count, *options, "--json"]
        # One MME with several connections: a subscriber's node changes seldom, and a change is a row to be made durable.
        if "--origin-host" not in options:
            command += ["--origin-host", "mme.bench.example"]
        server.wait_idle()
        cpu, begun = server.cpu_seconds(), time.monotonic()
        done = subprocess.run(pinned(LOAD_CORE, command), capture_output=True, text=True, check=False)
        took = time.monotonic() - begun
        if not done.stdout:
            raise SystemExit(f"bench: load: {done.stderr}")
        report = json.loads(done.stdout)
        if report["verified"] and report["verified"]["wrong"]:
            raise SystemExit(f"bench: wrong vectors: {done.stdout}")
        rate = report["rate"]
        report["server_us"] = (server.cpu_seconds() - cpu) / took / rate * 1e6 if rate else float("nan")
        return report

    def close(self):
        for server in self.servers:
            server.stop()


def raise_file_limit():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, hard), hard))
