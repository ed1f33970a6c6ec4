"""Write one second of a pure tone as a WAV file.

    python examples/tone.py build/tone.wav --hertz 440

A pitch tracker should find nothing easier.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--hertz", type=float, default=440.0)
    options = parser.parse_args()
    options.file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(options.file, 0.5 * np.sin(2 * np.pi * options.hertz * np.arange(RATE) / RATE), RATE)


if __name__ == "__main__":
    main()
