"""Where the command `ddpm` begins and ends; what it does is in `commands.py`, which comes with torch, seconds later."""

import ctypes
import sys
import warnings

from ddpm import ends

TIP = (
    "Smaller: training.batch_size (with training.accumulation it learns the same), model.model_channels, --num-samples."
)
MALLOC = {-4: 0, -1: 2**31 - 1, -2: 2**28}  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD of malloc.h


def keep_memory() -> None:
    """Have glibc keep what is freed. Otherwise each large tensor is handed back to the system and comes anew, and the
    system must write zeros into it first: about a tenth of a training's time on a CPU."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        for parameter, value in MALLOC.items():
            mallopt(parameter, value)


def main() -> None:
    """What is wrong with the input is said in a sentence, without a traceback, and so are warnings and signals."""
    try:
        ends.listen()
        keep_memory()
        warnings.simplefilter("once", UserWarning)
        warnings.formatwarning = lambda message, *_, **__: f"{message}\n"
        from ddpm.commands import app

        app()
    except ends.Ended as end:
        print(end.sentence, file=sys.stderr)
        raise
    except (ValueError, OSError) as error:
        print(f"ddpm: {error}", file=sys.stderr)
        sys.exit(2)
    except RuntimeError as error:
        if "memory" not in str(error):
            raise
        print(f"ddpm: there is not enough memory ({str(error).splitlines()[0]}). {TIP}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
