"""The device library for a Cortex-M0 and a Cortex-M4: its size, and its self test on boards that QEMU plays.

SIMBIONT_ME_REPORT=1 prints the table that docs/device.md shows."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import cortex_cycles

sys.dont_write_bytecode = True
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SKIPPED = 77
CORE_LIMIT = 3 * 1024
# The core: decryption, APDU rewriting, slots.
CORE = ["init", "load", "set_imsi", "apdu_command", "apdu_response", "soft_block"]
ROUNDS = 8
SCRIPT = os.path.join(ROOT, "tests/bare/image.ld")
# -icount shift=0: an instruction takes a nanosecond; SysTick counts at the board's clock.
BOARDS = {"cortex-m0": ("microbit", 16_000_000), "cortex-m4": ("mps2-an386", 25_000_000)}
ALGORITHMS = ["aes128", "aes256", "aes128-imsi"]


def run(*command, **more):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, **more)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {result.returncode}\n{result.stdout}")
    return result.stdout


def vectors(name):
    with open(os.path.join(ROOT, "tests/data", name), encoding="utf-8") as file:
        for block in re.split(r"\n\s*\n", file.read()):
            fields = dict(re.findall(r"^(\w+) = (\S+)$", block, re.M))
            if fields:
                yield fields


def octets(text):
    return "{" + ",".join(f"0x{b:02x}" for b in bytes.fromhex(text)) + "}"


def vectors_header():
    """tests/data as C++ that needs no file system."""
    transform = [f'{{{ALGORITHMS.index(v["algorithm"])}, {len(v["K_ME"]) // 2}, {octets(v["K_ME"])}, "{v["imsi"]}", '
                 f'"{v["imei"]}", "{v["kme"]}", {v["epoch"]}ull, {octets(v["RAND"])}, {octets(v["encRAND"])}, '
                 f'{octets(v["challenge"])}, {octets(v["proof"])}}}' for v in vectors("transform.vec")]
    update = [f'{{{octets(v["K_T"])}, {len(v["K_T"]) // 2}, "{v["imei"]}", {octets(v["update"])}, {len(v["update"]) // 2}}}'
              for v in vectors("slot_update.vec")]
    if len(transform) < 4 or len(update) < 3:
        raise AssertionError("the vectors are not there")
    return ("struct Vector { unsigned char algorithm, key_size, k_me[32]; const char *imsi, *imei, *kme; unsigned long long epoch; "
            "unsigned char rand[16], enc_rand[16], challenge[16], proof[16]; };\n"
            "struct UpdateVector { unsigned char transport[32], transport_size; const char* imei; unsigned char update[352]; "
            "unsigned short size; };\n"
            f"constexpr Vector vectors_of_transform[] = {{{', '.join(transform)}}};\n"
            f"constexpr UpdateVector vectors_of_update[] = {{{', '.join(update)}}};\n")


def sizes(image):
    """(flash, static RAM) of a linked image."""
    flash = ram = 0
    for line in run("arm-none-eabi-size", "-A", image).splitlines():
        match = re.match(r"(\.\S+)\s+(\d+)\s+\d+$", line)
        if not match:
            continue
        name, size = match.group(1), int(match.group(2))
        if re.match(r"\.(text|rodata|data|ARM\.ex|init_array)", name):
            flash += size
        if re.match(r"\.(data|bss|noinit|persistent)", name):
            ram += size
    return flash, ram


class Build:
    """The library built for one CPU as a project of its own, and what is linked with it."""

    def __init__(self, directory, cpu):
        self.directory, self.cpu = os.path.join(directory, cpu), cpu
        run("cmake", "-S", os.path.join(ROOT, "me"), "-B", self.directory, "-G", "Ninja", f"-DSIMBIONT_ME_CPU={cpu}",
            f"-DCMAKE_TOOLCHAIN_FILE={ROOT}/me/arm-none-eabi.cmake")
        run("cmake", "--build", self.directory, "-j", "2")
        self.library = os.path.join(self.directory, "libsimbiont_me.a")

    def compiler(self, *arguments):
        run("arm-none-eabi-g++", f"-mcpu={self.cpu}", "-mthumb", "-nostdlib", "-Wl,--gc-sections", "-T", SCRIPT, *arguments, "-lgcc")

    def core(self):
        """An image of the core alone, the compiler's helper functions included."""
        image = os.path.join(self.directory, "core.elf")
        kept = [f"-Wl,-u,simbiont_me_{name}" for name in CORE]
        self.compiler("-Wl,-e,simbiont_me_init", *kept, self.library, "-o", image)
        return image

    def whole(self):
        image = os.path.join(self.directory, "whole.elf")
        self.compiler("-Wl,-e,simbiont_me_init", "-Wl,--whole-archive", self.library, "-Wl,--no-whole-archive",
                      "-Wl,--no-gc-sections", "-Wl,--defsym=memcpy=0,--defsym=memset=0", "-o", image)
        return image

    def selftest(self, *defines):
        image = os.path.join(self.directory, "selftest.elf")
        with open(os.path.join(self.directory, "vectors.h"), "w", encoding="utf-8") as header:
            header.write(vectors_header())
        sources = [os.path.join(ROOT, "tests/bare", name) for name in ("startup.cpp", "selftest.cpp")]
        self.compiler(*defines, "-std=c++20", "-Os", "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-fno-exceptions", "-fno-rtti",
                      "-fno-threadsafe-statics", "-fno-tree-loop-distribute-patterns", "-ffunction-sections", "-fno-builtin",
                      "-I", self.directory, "-I", ROOT, "-I", os.path.join(ROOT, "tests"),
                      *sources, self.library, "-o", image)
        return image

    def qemu(self, image, *options):
        output = run("qemu-system-arm", "-M", BOARDS[self.cpu][0], "-nographic", "-monitor", "none", "-serial", "none",
                     "-semihosting-config", "enable=on,target=native", *options, "-kernel", image, stdin=subprocess.DEVNULL)
        if not output.endswith("passed\n"):
            raise AssertionError(output)
        return output

    def cycles(self):
        """{operation: (instructions, cycles)}, from a trace of one run of each."""
        image, log = self.selftest("-DSIMBIONT_ONE_ROUND"), os.path.join(self.directory, "trace")
        names = re.findall(r"^cost (\S+) ", self.qemu(image, "-d", "in_asm,exec,nochain", "-D", log), re.M)
        symbols = {name: int(at, 16) for at, name in re.findall(r"^(\w+) T (\w+)$", run("arm-none-eabi-nm", image), re.M)}
        with open(log, encoding="ascii", errors="replace") as trace:
            counted = cortex_cycles.regions(trace, image, self.cpu, symbols["_ZN4bare11start_ticksEv"], symbols["_ZN4bare5ticksEv"])
        os.unlink(log)
        return dict(zip(names, counted, strict=True))

    def run_selftest(self):
        """{operation: (instructions, octets of stack)}"""
        hertz = BOARDS[self.cpu][1]
        output = self.qemu(self.selftest(), "-icount", "shift=0")
        return {name: (int(ticks) * 1_000_000_000 // hertz // ROUNDS, int(stack))
                for name, ticks, stack in re.findall(r"^cost (\S+) (\d+) (\d+)$", output, re.M)}


class BareMetal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.builds = {cpu: Build(cls.directory.name, cpu) for cpu in BOARDS}

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_the_core_fits_3_kib_of_flash_and_has_no_static_ram(self):
        for cpu, build in self.builds.items():
            with self.subTest(cpu):
                flash, ram = sizes(build.core())
                self.assertGreater(flash, 1000)
                self.assertLessEqual(flash, CORE_LIMIT)
                self.assertEqual(ram, 0)

    def test_the_whole_library_has_no_static_ram(self):
        for cpu, build in self.builds.items():
            with self.subTest(cpu):
                self.assertEqual(sizes(build.whole())[1], 0)

    def test_the_core_calls_nothing_from_outside_but_arithmetic(self):
        for cpu, build in self.builds.items():
            symbols = run("arm-none-eabi-nm", build.core())
            with self.subTest(cpu):
                self.assertNotRegex(symbols, r" (malloc|free|memcpy|memset|_sbrk|__cxa_\w+|abort|__aeabi_unwind\w*)\n")
                self.assertNotRegex(symbols, r" [Uu] ")

    def test_the_whole_library_calls_nothing_but_memcpy_memset_and_arithmetic(self):
        for cpu, build in self.builds.items():
            lines = [line[9:] for line in run("arm-none-eabi-nm", build.library).splitlines()]
            own = {line[2:] for line in lines if line[:1] not in ("U", "")}
            needed = {line[2:] for line in lines if line[:1] == "U"} - own
            with self.subTest(cpu):
                self.assertLessEqual({name for name in needed if not re.match(r"__aeabi_(u?l|u?i|i)\w+$", name)},
                                     {"memcpy", "memset"})

    def test_the_self_test_passes_on_the_board_in_constant_time(self):
        for cpu, build in self.builds.items():
            with self.subTest(cpu):
                costs = build.run_selftest()
                self.assertEqual(set(costs), {*ALGORITHMS, "aes128-zeros", "aes128-ones", "proof", "update"})
                plain = costs["aes128"][0]
                for other in ("aes128-zeros", "aes128-ones"):
                    # A tick of SysTick is 40 or 62 instructions.
                    self.assertLess(abs(costs[other][0] - plain), 70)
                self.assertLess(max(stack for _, stack in costs.values()), 3072)
                if os.environ.get("SIMBIONT_ME_REPORT"):
                    self.report(cpu, build, costs)

    def report(self, cpu, build, costs):
        core, whole, cycles = sizes(build.core())[0], sizes(build.whole())[0], build.cycles()
        for name, (instructions, _) in cycles.items():
            self.assertAlmostEqual(instructions / costs[name][0], 1, 2, "the trace and the board's clock saw the same run")
        cells = [f"{costs[name][0]:,} / {cycles[name][1]:,} / {costs[name][1]:,}" for name in (*ALGORITHMS, "proof", "update")]
        print(f"| {cpu} | {core:,} | {whole:,} | 0 | {' | '.join(cells)} |")


if __name__ == "__main__":
    missing = [name for name in ("arm-none-eabi-g++", "qemu-system-arm", "cmake", "ninja") if not shutil.which(name)]
    if missing:
        print("skipped: not installed:", *missing)
        sys.exit(SKIPPED)
    unittest.main()
