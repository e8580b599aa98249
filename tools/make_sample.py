#!/usr/bin/env python3
"""Writes data/fashion-mnist-sample: the first images of a full IDX copy of Fashion-MNIST.

Usage: tools/make_sample.py FULL_SET [OUT] (FULL_SET is a folder with the four *-ubyte.gz files).
"""

import gzip
import pathlib
import struct
import sys

COUNTS = {"train": 8000, "t10k": 2000}
KINDS = ("images-idx3", "labels-idx1")


def first_items(idx, count):
    """The IDX file `idx` (bytes) cut to its first `count` items."""
    rank = idx[3]
    extents = struct.unpack(f">{rank}I", idx[4 : 4 + 4 * rank])
    if extents[0] < count:
        raise SystemExit(f"only {extents[0]} items, {count} wanted")
    item = 1
    for extent in extents[1:]:
        item *= extent
    start = 4 + 4 * rank
    header = idx[:4] + struct.pack(f">{rank}I", count, *extents[1:])
    return header + idx[start : start + count * item]


def write_gzip(path, content):
    # No time and no name in the header: the same input gives the same bytes.
    with open(path, "wb") as raw:
        with gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=0) as packed:
            packed.write(content)


def main(arguments):
    if not 1 <= len(arguments) <= 2:
        raise SystemExit(__doc__)
    full = pathlib.Path(arguments[0])
    default = pathlib.Path(__file__).resolve().parent.parent / "data" / "fashion-mnist-sample"
    out = pathlib.Path(arguments[1]) if len(arguments) == 2 else default
    out.mkdir(parents=True, exist_ok=True)
    for part, count in COUNTS.items():
        for kind in KINDS:
            name = f"{part}-{kind}-ubyte.gz"
            with gzip.open(full / name) as packed:
                write_gzip(out / name, first_items(packed.read(), count))


if __name__ == "__main__":
    main(sys.argv[1:])
