#!/usr/bin/env python3
"""Times the forward pass of one network in an inference engine and prints one JSON line.

The network is exported to ONNX once per process, with the batch it is timed with, and run in float32 as `noyau bench MODEL --infer`
does. OpenVINO is told so: by itself it takes bfloat16 where the processor has it.
"""
import argparse
import json
import pathlib
import resource
import tempfile
import time
import warnings

import numpy as np
import torch

from torch_step import SIZES, network

warnings.filterwarnings("ignore")


def exported(arguments, folder, shape):
    path = str(pathlib.Path(folder) / "network.onnx")
    torch.manual_seed(0)
    torch.onnx.export(network(arguments.model).eval(), torch.zeros(shape), path, input_names=["x"], dynamo=False)
    return path


def onnxruntime_runner(path, threads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {"x": x})


def openvino_runner(path, threads):
    import openvino
    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    request = openvino.Core().compile_model(path, "CPU", settings).create_infer_request()
    return lambda x: request.infer({0: x})


ENGINES = {"onnxruntime": onnxruntime_runner, "openvino": openvino_runner}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--engine", choices=ENGINES, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=6)
    arguments = parser.parse_args()
    size = SIZES.get(arguments.model, 224)
    shape = (arguments.batch, 1 if arguments.model == "lenet5" else 3, size, size)
    x = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        run = ENGINES[arguments.engine](exported(arguments, folder, shape), arguments.threads)

        def timed_step():
            begin = time.perf_counter()
            run(x)
            return time.perf_counter() - begin

        first = timed_step()
        timed_step()
        times, end = [], time.perf_counter() + arguments.seconds
        while len(times) < 3 or time.perf_counter() < end:
            times.append(timed_step())
    print(json.dumps({
        "mode": arguments.engine, "ms_per_step": 1e3 * sorted(times)[len(times) // 2], "first_step_s": first,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
