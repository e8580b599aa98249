#!/usr/bin/env python3
"""Trains every network of the zoo for 20 steps on real pictures and prints a table as Markdown.

Usage: tools/train_every.py NOYAU [MODEL...]     NOYAU: build/release/bin/noyau

The pictures are the first of data/fashion-mnist-sample, as PNG files with three channels in one
folder per class; the loader enlarges them to the size that each network is published for. Networks
for volumes take them as volumes of depth 1. A warning, a failure or a loss that is not finite ends
the program with exit code 1.
"""

import gzip
import json
import math
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
STEPS, BATCH = 20, 4
PER_CLASS = {"train": 9, "val": 1}
SIDE = 28


def idx_items(name, item):
    raw = gzip.decompress((ROOT / "data/fashion-mnist-sample" / name).read_bytes())
    start = 4 + 4 * raw[3]
    return [raw[i : i + item] for i in range(start, len(raw), item)]


def png(grey):
    """A grey picture of SIDE x SIDE pixels as an RGB PNG."""

    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(
        b"\0" + b"".join(bytes([p]) * 3 for p in grey[y * SIDE : (y + 1) * SIDE]) for y in range(SIDE)
    )
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def write_pictures(folder):
    images = idx_items("train-images-idx3-ubyte.gz", SIDE * SIDE)
    labels = [item[0] for item in idx_items("train-labels-idx1-ubyte.gz", 1)]
    wanted = [part for part, count in PER_CLASS.items() for _ in range(count)]
    taken = dict.fromkeys(range(10), 0)
    for number, (image, label) in enumerate(zip(images, labels)):
        if taken[label] == len(wanted):
            continue
        target = folder / wanted[taken[label]] / str(label)
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{number}.png").write_bytes(png(image))
        taken[label] += 1


def train(noyau, model, folder, out):
    """The lines that `noyau train --json` prints; raises when it fails or warns."""
    command = [noyau, "train", str(folder), "--model", model["name"], "--json", "--out", str(out)]
    command += ["--image-size", str(model["height"]), "--batch", str(BATCH), "--epochs", "1"]
    command += ["--limit-steps", str(STEPS), "--lr", "0.01", "--warmup-epochs", "0.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or done.stderr.strip():
        raise SystemExit(f"{model['name']}: exit code {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def row(noyau, model, folder, out):
    lines = train(noyau, model, folder, out)
    epoch = next(line for line in lines if line["event"] == "epoch")
    if not math.isfinite(epoch["train_loss"]):
        raise SystemExit(f"{model['name']}: loss {epoch['train_loss']}")
    milliseconds = 1000 * BATCH / epoch["img_s"]
    return f"| {model['name']} | {model['height']} | {milliseconds:,.0f} | {epoch['train_loss']:.3f} |"


def main(arguments):
    if not arguments:
        raise SystemExit(__doc__)
    noyau, names = arguments[0], arguments[1:]
    listing = subprocess.run([noyau, "zoo", "--json"], capture_output=True, text=True, check=True)
    models = [m for m in json.loads(listing.stdout) if not names or m["name"] in names]
    print(f"| network | pixels | ms per step of {BATCH} | mean loss of {STEPS} steps |")
    print("| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "pictures"
        write_pictures(folder)
        for model in models:
            out = pathlib.Path(temporary) / "run"
            print(row(noyau, model, folder, out), flush=True)
            subprocess.run(["rm", "-rf", str(out)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
