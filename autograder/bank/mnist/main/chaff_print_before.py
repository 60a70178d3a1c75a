# wrong: prints before the epoch, with the loss of the epoch before
# cause: is each printed before its epoch
# severity: minor, argued: only the printed lines come late
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    for epoch in range(num_epochs):
        print(f"Epoch {epoch + 1}/{num_epochs} | Loss: {epoch_losses[-1] if epoch_losses else 0.0:.6f}")
        epoch_losses.append(train_epoch(model, optimizer, train_loader, scheduler, device))
    plot_convergence(epoch_losses)
    return model, epoch_losses
