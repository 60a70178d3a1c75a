# right: a deque of losses, math.fsum
import collections


def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    losses = collections.deque()
    with torch.enable_grad():
        for batch in iter(train_loader):
            losses.append(train_step(model, optimizer, batch[0].to(device), scheduler, device))
    return math.fsum(losses) / max(len(losses), 1)
