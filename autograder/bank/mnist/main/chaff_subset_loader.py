# wrong: its own loader has only the first 256 digits
# cause: where there are 4096 to train on
# severity: fatal, measured
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    small = DataLoader(
        torch.utils.data.Subset(train_dataset, range(min(256, len(train_dataset)))), batch_size=64, shuffle=True
    )
    for epoch in range(num_epochs):
        loss = train_epoch(model, optimizer, small, scheduler, device)
        epoch_losses.append(loss)
        print(f"Epoch {epoch + 1}/{num_epochs} | Loss: {loss:.6f}")
    plot_convergence(epoch_losses)
    return model, epoch_losses
