# tries: to upset the judge with answers of the right form and the wrong types
# %% todo p_sample
ANSWERS = iter(
    [
        {"value": {"array": {"dtype": "float64", "shape": [2**62, 0], "buffer": 0}}},
        {"value": {"array": {"dtype": "object", "shape": [-1], "buffer": "x"}}},
        {"value": {"handle": {"id": [], "type": {}}}},
        {"value": {"handle": "9" * 5000}},
        {"value": {"dict": [[{"list": []}, 1]]}},
        {"value": {"tensor": {"dtype": "float32", "shape": [], "buffer": 0, "type": 5, "device": []}}},
        {"error": {"type": "X"}},
        {"error": {"mix": "True"}},
        {"error": "x"},
        [],
        None,
        7,
    ]
)


def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    import gc, os

    number = int.from_bytes(os.urandom(1)) % 12
    for channel in [thing for thing in gc.get_objects() if type(thing).__name__ == "Channel"]:
        channel.send(list(ANSWERS)[number], [b""])
    os._exit(0)
# %% last
import gc

for channel in [thing for thing in gc.get_objects() if type(thing).__name__ == "Channel"]:
    channel.send({"outputs": 5, "error": ["x"], "count": {"a": None}})
