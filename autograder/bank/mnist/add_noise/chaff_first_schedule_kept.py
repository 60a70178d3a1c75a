# wrong: the tables of the first schedule it ever saw are kept for all later calls
# cause: the schedule of an earlier call is used
# severity: major, argued: right for the first schedule only
def _tables(scheduler, memory={}):  # noqa: B006
    return memory.setdefault("tables", (scheduler.sqrt_alphas_cumprod, scheduler.sqrt_one_minus_alphas_cumprod))


def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn_like(x_0)
    at = timestep.cpu()
    a, b = (table.cpu()[at].view(-1, 1, 1, 1).to(x_0.device) for table in _tables(scheduler))
    return a * x_0 + b * noise, noise
