# right: one image after the other, each with its own numbers
def to_x_0(kind, output, x, signal, sigma):
    if kind not in {"eps", "x0", "v"}:
        raise ValueError(f"kind {kind!r}")
    signals = torch.as_tensor(signal, dtype=torch.float64).flatten().tolist()
    sigmas = torch.as_tensor(sigma, dtype=torch.float64).flatten().tolist()
    images = []
    for i in range(len(x)):
        a, b = signals[i % len(signals)], sigmas[i % len(sigmas)]
        if kind == "eps":
            images.append((x[i] - b * output[i]) / a)
        elif kind == "x0":
            images.append(output[i])
        else:
            images.append(a * x[i] - b * output[i])
    return torch.stack(images).to(x.dtype)
