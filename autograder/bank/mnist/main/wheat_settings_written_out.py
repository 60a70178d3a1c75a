# right: Adam's usual settings written out, foreach off, the schedule moved
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(1000, 1e-4, 0.02)
    optimizer = optim.Adam(
        [{'params': list(model.parameters())}], lr=1e-3, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0, foreach=False
    )
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    for epoch in range(num_epochs):
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        epoch_losses.append(loss)
        print(f"Epoch {epoch + 1}/{num_epochs} | Loss: {loss:.6f}")
    plot_convergence(epoch_losses)
    return model, epoch_losses
