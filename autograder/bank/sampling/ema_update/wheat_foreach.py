# right: all floating-point parameters at once, by torch's _foreach functions
def ema_update(average, model, decay):
    pairs = list(zip(average.parameters(), model.parameters()))
    floats = [(a, b) for a, b in pairs if a.is_floating_point()]
    rest = [(a, b) for a, b in pairs if not a.is_floating_point()]
    rest += zip(average.buffers(), model.buffers())
    with torch.no_grad():
        for kind in {a.dtype for a, _ in floats}:
            mine = [a for a, _ in floats if a.dtype == kind]
            theirs = [b for _, b in floats if b.dtype == kind]
            torch._foreach_mul_(mine, decay)
            torch._foreach_add_(mine, theirs, alpha=1 - decay)
        for a, b in rest:
            a.copy_(b)
