# right: a preallocated list and timing
import time


def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    epoch_losses = [0.0] * num_epochs
    for i in range(num_epochs):
        begin = time.perf_counter()
        epoch_losses[i] = train_epoch(model, optimizer, train_loader, scheduler, device)
        print(f"epoch {i + 1}: mean loss {epoch_losses[i]:.4f} in {time.perf_counter() - begin:.1f} s")
    plot_convergence(epoch_losses)
    return model, epoch_losses
