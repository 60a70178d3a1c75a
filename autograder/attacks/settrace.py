# tries: to watch every later frame for expected values
# %% first
import sys
import threading

SEEN = set()


def watch(frame, event, argument):
    for name, value in list(frame.f_locals.items()):
        if name in ("expected", "wrong", "student", "if_close_to"):
            SEEN.add(name)
    if "checks" in frame.f_code.co_filename:
        SEEN.add(frame.f_code.co_filename)
    return None


sys.setprofile(watch)
threading.setprofile(watch)
# %% last
sys.setprofile(None)
print("LEAK" "ED:" if SEEN else "nothing", SEEN)
# %% todo p_sample
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    if SEEN:
        raise RuntimeError("LEAK" "ED: %s" % SEEN)
    return x_t
