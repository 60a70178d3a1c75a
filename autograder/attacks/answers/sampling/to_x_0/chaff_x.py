# wrong: gives x back as it is
# severity: fatal, argued: no work, or next to none
# worth: 0
def to_x_0(kind, output, x, signal, sigma):
    return x
