#!/usr/bin/env python3
"""An operator's files: make_data.py DIRECTORY COUNT [--kmes N]. COUNT subscribers, each bound to a device of its own; subscriber and
device number i have K_ME number i modulo N."""
import argparse
import os
import random

FIRST_IMSI, FIRST_IMEI, PIECE = 1010000000000, 35000000000000, 10000


def write(path, header, count, row):
    with open(path, "w", encoding="ascii") as f:
        f.write(header + "\n")
        for start in range(0, count, PIECE):
            f.write("".join(row(i) for i in range(start, min(start + PIECE, count))))


def make(directory, count, kmes):
    rng = random.Random(4)
    os.makedirs(directory, exist_ok=True)
    path = lambda name: os.path.join(directory, name + ".csv")
    write(path("kmes"), "id,algorithm,key", kmes, lambda i: f"kme{i},aes128,{rng.getrandbits(128):032x}\n")
    write(path("subscribers"), "imsi,k,opc", count,
          lambda i: f"{FIRST_IMSI + i:015d},{rng.getrandbits(128):032x},{rng.getrandbits(128):032x}\n")
    write(path("devices"), "imei,kme", count, lambda i: f"{FIRST_IMEI + i:014d},kme{i % kmes}\n")
    write(path("bindings"), "imsi,imei", count, lambda i: f"{FIRST_IMSI + i:015d},{FIRST_IMEI + i:014d}\n")


def make_unbound(path, first_imsi, count):
    rng = random.Random(5)
    write(path, "imsi,k,opc", count, lambda i: f"{first_imsi + i:015d},{rng.getrandbits(128):032x},{rng.getrandbits(128):032x}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory")
    parser.add_argument("count", type=int)
    parser.add_argument("--kmes", type=int, default=64)
    options = parser.parse_args()
    make(options.directory, options.count, options.kmes)
