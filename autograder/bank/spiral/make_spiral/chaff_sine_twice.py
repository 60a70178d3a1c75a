# wrong: the sine in both coordinates, so all points lie on a diagonal
# cause: is x made with the cosine and y with the sine?
# severity: fatal, argued: the data are a line
def make_spiral(n_samples=1000, noise=0.02):
    theta = 3 * np.pi * np.sqrt(rng.uniform(0, 1, n_samples))
    p = np.stack([theta * np.sin(theta), theta * np.sin(theta)], 1) / (3 * np.pi)
    p = p + rng.normal(0, noise, size=p.shape)
    return (p - p.mean(0)) / p.std(0)
