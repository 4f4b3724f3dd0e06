"""``python -m tests.synth.generate '{"name": ["case", "dtype"]}'``: the composed files as one JSON object."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.synth.cases import CASES
from tests.synth.run_case import synthesized


def main(wanted: dict[str, tuple[str, str]]) -> dict[str, str]:
    texts = {}
    for name, (case, dtype) in wanted.items():
        with tempfile.TemporaryDirectory() as folder:
            texts[name] = synthesized(CASES[case], Path(folder), dtype)[1].text
    return texts


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
