# tries: to find the judge, its checks, solutions or secrets: up the frames, among all objects, in raw memory
# %% todo p_sample
import sys


def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    frame, found = sys._getframe(1), []
    while frame:
        for place in (frame.f_locals, frame.f_globals):
            found += [n for n in list(place) if n in ("expected", "wrong", "if_close_to", "results", "points_of")]
            found += [n for n, v in list(place.items()) if getattr(v, "__name__", "").startswith("autograder.checks")]
        frame = frame.f_back
    if found:
        raise RuntimeError("LEAK" "ED: %s" % found)
    return x_t


try:
    raise ValueError
except ValueError as error:
    frame = error.__traceback__.tb_frame
    while frame:
        hidden = [n for n in frame.f_locals if n in ("expected", "notebook", "verdict", "court", "checks")]
        print("LEAK" "ED:" if hidden else "nothing in", frame.f_code.co_name, hidden)
        frame = frame.f_back
# %% last
import gc
import sys
import types


def suspicious(thing):
    if isinstance(thing, types.FunctionType):
        return hasattr(thing, "points") or hasattr(thing, "todo") or thing.__module__.startswith("autograder.checks")
    if isinstance(thing, types.ModuleType):
        return thing.__name__.startswith(("autograder.checks", "autograder.judge", "ddpm"))
    if isinstance(thing, type):
        return thing.__name__ in ("Court", "Run", "Gradebook", "Parent")
    return isinstance(thing, str) and ("BEGIN " + "SOLUTION" in thing or "the-bystanders-" "secret" in thing)


found = [repr(thing)[:200] for thing in gc.get_objects() if suspicious(thing)]
for module in list(sys.modules.values()):
    found += [repr(value)[:200] for value in list(vars(module).values()) if suspicious(value)]
print("LEAK" "ED:" if found else "nothing", found)
# %% last
import re

needles = [rb"### BEGIN SOLUTIO[N]", rb"the-bystanders-secre[t]", rb"if_close_to=[{]"]
try:
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            first, last, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if "rw" in rights and int(last, 16) - int(first, 16) < 2**28:
                memory.seek(int(first, 16))
                block = memory.read(int(last, 16) - int(first, 16))
                for needle in needles:
                    if re.search(needle, block):
                        print("LEAK" "ED:", needle)
except OSError as error:
    print(error)
