# right: step by step with a helper, as diffusers' betas_for_alpha_bar
def cosine_alpha_bars(T, s=0.008):
    def alpha_bar(u):
        return math.cos((u + s) / (1 + s) * math.pi / 2) ** 2

    betas = []
    for i in range(T):
        betas.append(min(1 - alpha_bar((i + 1) / T) / alpha_bar(i / T), 0.999))
    alphas = 1.0 - torch.tensor(betas, dtype=torch.float64)
    return torch.cumprod(alphas, dim=0)
