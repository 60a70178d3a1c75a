# wrong: jumps to x_0 at once
# severity: fatal, argued: no work, or next to none
# worth: 0.5
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    return x_0
