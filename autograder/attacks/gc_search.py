# tries: to find the judge, its checks or a solution among all objects in memory
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
