# wrong: a line from 1 to 0 in the cosine's place
# severity: fatal, argued: no work, or next to none
# worth: 0.5
def cosine_alpha_bars(T, s=0.008):
    return torch.linspace(1, 0, T, dtype=torch.float64)
