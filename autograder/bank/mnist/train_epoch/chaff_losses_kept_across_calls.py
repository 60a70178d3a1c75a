# wrong: the list of losses lives outside: later epochs average over earlier ones too
# cause: losses of earlier epochs are counted, too
# severity: major, argued: right in the first epoch only
_losses = []


def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0  # noqa: F841
    num_batches = 0  # noqa: F841
    for images, _ in train_loader:
        _losses.append(train_step(model, optimizer, images, scheduler, device))
    return sum(_losses) / len(_losses)
