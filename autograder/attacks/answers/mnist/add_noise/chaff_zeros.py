# wrong: zeros for everything
# severity: fatal, argued: no work, or next to none
# worth: 0
def add_noise(x_0, timestep, scheduler, noise=None):
    return torch.zeros_like(x_0), torch.zeros_like(x_0)
