# wrong: zeros, as many as are asked for
# severity: fatal, argued: no work, or next to none
# worth: 0.5
def cosine_alpha_bars(T, s=0.008):
    return torch.zeros(T, dtype=torch.float64)
