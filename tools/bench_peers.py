#!/usr/bin/env python3
"""Times noyau and its peers in turn and prints a table of ratios.

Run it on a machine that does nothing else: make bench-peers. Training steps are compared with PyTorch in each of its modes, forward
passes (--infer) with ONNX Runtime and OpenVINO in float32, reading pictures (--data FOLDER) with torchvision and Pillow. Each round
runs noyau, the peers, noyau again; a side's figure is the median of its runs, the peers' that of the fastest. Training takes about an hour, since torch.compile alone needs one to three
minutes for a large network the first time; inference takes ten minutes.
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
INFER = ("resnet50", "mobilenetv1_100", "densenet121", "resnext50_32x4d", "vgg16")


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"bench_peers: {' '.join(map(str, command))} ended with code {done.returncode}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def compare(model, batch, arguments):
    common = [model, "--batch", batch, "--threads", arguments.threads, "--seconds", arguments.seconds]
    ours = [arguments.noyau, "bench", *common, "--infer" if arguments.infer else "--train", "--json"]
    script, flag, peers = (("engine_infer.py", "--engine", arguments.engines) if arguments.infer else
                           ("torch_step.py", "--mode", arguments.modes))
    ours_rows, peer_rows = [], {peer: [] for peer in peers}
    for _ in range(arguments.rounds):
        ours_rows.append(run([str(word) for word in ours]))
        for peer in peers:
            command = [arguments.python, HERE / "peers" / script, *common, flag, peer]
            peer_rows[peer].append(run([str(word) for word in command]))
        ours_rows.append(run([str(word) for word in ours]))
    best = min(peers, key=lambda peer: median(peer_rows[peer], "ms_per_step"))
    least = min(row["peak_rss_mb"] for rows in peer_rows.values() for row in rows)
    ms, peer_ms = median(ours_rows, "ms_per_step"), median(peer_rows[best], "ms_per_step")
    rss, first = median(ours_rows, "peak_rss_mb"), median(ours_rows, "first_step_s")
    print(f"| {model}, {batch} | {ms:.1f} | {peer_ms:.1f} ({best}) | {peer_ms / ms:.2f} | {rss:.0f} | {least:.0f} | {rss / least:.2f} "
          f"| {first:.2f} | {median(peer_rows[best], 'first_step_s'):.1f} |", flush=True)


def compare_data(arguments):
    """One thread of each in turn; the figures are pictures per second of processor time, which other programs disturb less."""
    folder, seconds = str(arguments.data), str(arguments.seconds)
    ours = [arguments.noyau, "bench", "--data", folder, "--threads", "1", "--seconds", seconds, "--json"]
    peer = [arguments.python, str(HERE / "peers" / "data_loader.py"), folder, "--seconds", seconds]
    rows = [(run(ours), run(peer)) for _ in range(arguments.rounds)]
    print("| by | noyau img/s | torchvision img/s | ratio |")
    print("|---|---|---|---|")
    for key in ("img_s_per_core", "img_s_per_thread"):
        mine, theirs = (median(side, key) for side in zip(*rows))
        print(f"| {key} | {mine:.0f} | {theirs:.0f} | {mine / theirs:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help="of the list; all when none is named")
    parser.add_argument("--noyau", default="build/release/bin/noyau")
    parser.add_argument("--python", default="build/peers/bin/python", help="with tools/peers/requirements.txt installed")
    parser.add_argument("--infer", action="store_true", help="forward passes, batches of 1 and 16, instead of training steps")
    parser.add_argument("--data", metavar="FOLDER", help="one folder per class: time reading its pictures instead")
    parser.add_argument("--engines", nargs="+", default=["onnxruntime", "openvino"])
    parser.add_argument("--modes", nargs="+", default=["channels_last", "compile", "eager"])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.data:
        compare_data(arguments)
        return
    known = INFER if arguments.infer else WORK
    for model in arguments.models:
        if model not in known:
            parser.error(f"unknown model {model}; one of {', '.join(known)}")
    print("| network, batch | noyau ms | peer ms (which) | ratio | noyau MB | peer MB | of it | first step s | peer's |")
    print("|---|---|---|---|---|---|---|---|---|")
    for model in arguments.models or known:
        for batch in (1, 16) if arguments.infer else (WORK[model],):
            compare(model, batch, arguments)


if __name__ == "__main__":
    main()
