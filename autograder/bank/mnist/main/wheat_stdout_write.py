# right: sys.stdout.write in place of print, keyword arguments
import sys


def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    for epoch in range(1, 1 + num_epochs):
        value = train_epoch(
            model=model, optimizer=optimizer, train_loader=train_loader, scheduler=scheduler, device=device
        )
        epoch_losses.append(value)
        sys.stdout.write("epoch %d/%d  loss %.5f\n" % (epoch, num_epochs, value))  # noqa: UP031
    plot_convergence(epoch_losses)
    return model, epoch_losses
