# wrong: zeros of the right shape
# severity: fatal, argued: no work, or next to none
# worth: 0.25
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    return torch.zeros_like(x)
