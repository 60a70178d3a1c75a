# right: torch.optim.swa_utils' function for the mean
from torch.optim.swa_utils import get_ema_avg_fn


def ema_update(average, model, decay):
    mean = get_ema_avg_fn(decay)
    with torch.no_grad():
        for old, new in zip(average.parameters(), model.parameters()):
            old.copy_(mean(old, new, None) if old.is_floating_point() else new)
        for old, new in zip(average.buffers(), model.buffers()):
            old.copy_(new)
