# right: one point at a time with scalar draws, as a beginner writes it
import math
def make_spiral(n_samples=1000, noise=0.02):
    rows = []
    for i in range(n_samples):
        t = rng.uniform(0.5, 2.0)
        ang = 2 * math.pi * t
        px = t * math.cos(ang) + rng.normal(0.0, 1.0) * noise
        py = t * math.sin(ang) + rng.normal(0.0, 1.0) * noise
        rows.append([px, py])
    arr = np.array(rows, dtype=np.float64)
    for c in range(2):
        col = arr[:, c]
        arr[:, c] = (col - sum(col) / len(col)) / np.std(col)
    return arr
