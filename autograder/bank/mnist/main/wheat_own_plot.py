# right: seed 001's two panels in place of plot_convergence
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    for epoch in range(num_epochs):
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        epoch_losses.append(loss)
        print(f"Epoch {epoch + 1}/{num_epochs} | Loss: {loss:.6f}")
    plt.figure(figsize=(12, 5))
    plt.subplot(1, 2, 1)
    plt.plot(range(1, num_epochs + 1), epoch_losses, marker="o", linewidth=2, markersize=8)
    plt.grid(True, alpha=0.3)
    plt.subplot(1, 2, 2)
    diffs = [abs(b - a) for a, b in zip(epoch_losses, epoch_losses[1:])]  # noqa: B905
    plt.bar(range(1, len(diffs) + 1), diffs, alpha=0.7)
    plt.tight_layout()
    plt.show()
    return model, epoch_losses
