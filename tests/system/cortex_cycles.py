"""Cycles of a Cortex-M0 or M4 for what QEMU ran: its trace of blocks, and the instruction timings of ARM's manuals.

Cortex-M0: DDI 0432C table 3-1, no wait states, the one-cycle multiplier; exact. Cortex-M4: DDI 0439B table 3-1 with every load and
store at two cycles and every taken branch at four; an upper bound, for loads that follow each other overlap there.
"""
import re
import subprocess

BRANCHES = re.compile(r"b(l|x|lx|eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le|hs|lo)?$|cbn?z$|tb[bh]$")


def instructions(image):
    """address -> (size, mnemonic, operands)"""
    listing = subprocess.run(["arm-none-eabi-objdump", "-d", "--no-show-raw-insn", image], capture_output=True, text=True, check=True)
    found = [(int(at, 16), name, rest) for at, name, rest in
             re.findall(r"^\s*([0-9a-f]+):\t(\S+)\s*(.*)$", listing.stdout, re.M) if not name.startswith(".")]
    return {at: (min(following[0] - at, 4), name.split(".")[0], rest)
            for (at, name, rest), following in zip(found, found[1:] + [(found[-1][0] + 2, "", "")])}


def cost(cpu, name, operands, taken):
    """Cycles of one instruction."""
    m0 = cpu == "cortex-m0"
    if name in ("push", "pop") or re.match(r"(ldm|stm)", name):
        registers = operands[operands.index("{"):].count(",") + 1
        return 1 + registers + (3 if "pc" in operands else 0)
    if name in ("ldrd", "strd"):
        return 3
    if re.match(r"(ldr|str)", name):
        return 2 + (3 if re.match(r"pc\b", operands) else 0)
    if BRANCHES.match(name) or re.match(r"pc\b", operands):
        if not taken:
            return 1
        return (4 if name == "bl" else 3) if m0 else 4
    if name in ("udiv", "sdiv"):
        return 12
    return 4 if name in ("mrs", "msr", "dsb", "isb", "dmb") else 1


def regions(trace, image, cpu, begin, end):
    """(instructions, cycles) between each entry of the function `begin` and the next of `end`, in their order."""
    code, blocks, out = instructions(image), {}, []
    block, current, running = None, None, False
    for line in trace:
        if line.startswith("0x") and block is not None:
            block.append(int(line[2:10], 16))
        elif line.startswith("IN:"):
            block = []
        elif line.startswith("Trace"):
            if block:
                blocks[block[0]] = block
            block = None
            at = int(line.split("/")[1], 16)
            if current and running:
                instruction_count, cycles = out[-1]
                last = code[current[-1]]
                cycles += sum(cost(cpu, *code[i][1:], False) for i in current[:-1])
                cycles += cost(cpu, *last[1:], at != current[-1] + last[0])
                out[-1] = (instruction_count + len(current), cycles)
            current = blocks[at]
            if at == begin:
                running = True
                out.append((0, 0))
            elif at == end:
                running = False
    return out
