# wrong: gives the output back, whatever it is
# severity: fatal, argued: right for one kind of three, and no work
# worth: 0.5
def to_x_0(kind, output, x, signal, sigma):
    return output
