# wrong: a list that falls, without any training
# severity: fatal, argued: no work, or next to none
# worth: 0
def train(network, X, T, betas, alphas, alpha_bars, steps=8000, lr=5e-2, smoothing=0.999):
    return [1 / (1 + k) for k in range(steps)]
