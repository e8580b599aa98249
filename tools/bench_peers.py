#!/usr/bin/env python3
"""Times training steps of noyau and of PyTorch in turn and prints a table of ratios.

Run it on a machine that does nothing else: make bench-peers. Each round runs noyau, PyTorch in each of its modes, noyau again; a
side's figure is the median of its runs, PyTorch's that of its best mode. Takes about an hour: torch.compile alone needs one to
three minutes for a large network the first time.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
WORK = {"resnet50": 16, "resnet18": 32, "vgg16": 8, "mobilenetv1_100": 32, "densenet121": 16, "resnext50_32x4d": 16,
        "xception": 8, "inception_v3": 8, "seresnet50": 16, "alexnet": 64, "cifar_resnet20": 128, "lenet5": 128}


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"bench_peers: {' '.join(map(str, command))} ended with code {done.returncode}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def compare(model, batch, arguments):
    common = [model, "--batch", batch, "--threads", arguments.threads, "--seconds", arguments.seconds]
    ours = [arguments.noyau, "bench", *common, "--train", "--json"]
    ours_rows, peer_rows = [], {mode: [] for mode in arguments.modes}
    for _ in range(arguments.rounds):
        ours_rows.append(run([str(word) for word in ours]))
        for mode in arguments.modes:
            command = [arguments.python, HERE / "peers" / "torch_step.py", *common, "--mode", mode]
            peer_rows[mode].append(run([str(word) for word in command]))
        ours_rows.append(run([str(word) for word in ours]))
    best = min(arguments.modes, key=lambda mode: median(peer_rows[mode], "ms_per_step"))
    least = min(row["peak_rss_mb"] for rows in peer_rows.values() for row in rows)
    ms, peer_ms = median(ours_rows, "ms_per_step"), median(peer_rows[best], "ms_per_step")
    rss, first = median(ours_rows, "peak_rss_mb"), median(ours_rows, "first_step_s")
    print(f"| {model}, {batch} | {ms:.1f} | {peer_ms:.1f} ({best}) | {peer_ms / ms:.2f} | {rss:.0f} | {least:.0f} | {rss / least:.2f} "
          f"| {first:.2f} | {median(peer_rows[best], 'first_step_s'):.1f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help="of the list; all when none is named")
    parser.add_argument("--noyau", default="build/release/bin/noyau")
    parser.add_argument("--python", default="build/peers/bin/python", help="with tools/peers/requirements.txt installed")
    parser.add_argument("--modes", nargs="+", default=["channels_last", "compile", "eager"])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    for model in arguments.models:
        if model not in WORK:
            parser.error(f"unknown model {model}; one of {', '.join(WORK)}")
    print("| network, batch | noyau ms | PyTorch ms (mode) | ratio | noyau MB | PyTorch MB | of it | first step s | PyTorch's |")
    print("|---|---|---|---|---|---|---|---|---|")
    for model in arguments.models or WORK:
        compare(model, WORK[model], arguments)


if __name__ == "__main__":
    main()
