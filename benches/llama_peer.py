"""Measures llama-cpp-python on a GGUF file: tokens read and generated in a second.

usage: llama_peer.py FILE THREADS

As many tokens as benches/llm.rs reads and generates, the same context and batch sizes as llama-bench. Prints one JSON object.
"""

import json
import random
import resource
import statistics
import sys
import time

from llama_cpp import Llama

PROMPT, GENERATED, ROUNDS = 512, 128, 5


def main(path, threads):
    model = Llama(path, n_ctx=2048, n_batch=512, n_threads=threads, n_threads_batch=threads, verbose=False)
    rng = random.Random(1)
    vocabulary = model.n_vocab()
    reading, generating = [], []
    for _ in range(ROUNDS):
        tokens = [rng.randrange(300, vocabulary) for _ in range(PROMPT)]
        model.reset()
        started = time.perf_counter()
        model.eval(tokens)
        reading.append(PROMPT / (time.perf_counter() - started))
        model.reset()
        model.eval(tokens[:8])
        started = time.perf_counter()
        for _ in range(GENERATED - 1):
            model.eval([model.sample(temp=0.0)])
        generating.append((GENERATED - 1) / (time.perf_counter() - started))
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures = {
        "peer": "llama-cpp-python",
        "threads": threads,
        "read_tokens_per_s": statistics.median(reading),
        "generate_tokens_per_s": statistics.median(generating),
        "resident_mib": resident,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
