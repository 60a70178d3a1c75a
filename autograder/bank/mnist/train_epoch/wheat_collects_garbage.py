# right: collects garbage after each batch, to save memory
def train_epoch(model, optimizer, dataloader, scheduler, device):
    import gc

    model.train()
    losses = []
    for images, _ in dataloader:
        losses.append(train_step(model, optimizer, images, scheduler, device))
        del images
        gc.collect()
    return sum(losses) / len(losses)
