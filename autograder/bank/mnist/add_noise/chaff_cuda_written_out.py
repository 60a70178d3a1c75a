# wrong: .cuda() is written out
# cause: cuda
# severity: fatal, measured
def add_noise(x_0, timestep, scheduler, noise=None):
    if noise is None:
        noise = torch.randn(x_0.shape).cuda()
    a, b = scheduler.get_coefficients(timestep)
    return a.cuda() * x_0.cuda() + b.cuda() * noise.cuda(), noise
