# wrong: knows no kind at all
# severity: fatal, argued: no work, or next to none
# worth: 0.5
def to_x_0(kind, output, x, signal, sigma):
    raise ValueError(f"unknown kind: {kind}")
