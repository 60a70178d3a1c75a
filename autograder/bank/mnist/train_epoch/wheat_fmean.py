# right: statistics.fmean over a generator
import statistics


def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0  # noqa: F841
    num_batches = 0  # noqa: F841
    return statistics.fmean(train_step(model, optimizer, images, scheduler, device) for images, _ in train_loader)
