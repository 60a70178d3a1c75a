# right: display shows each loss
from IPython.display import display


def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    for epoch in range(num_epochs):
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        epoch_losses.append(loss)
        display({"epoch": epoch + 1, "loss": round(loss, 4)})
    plot_convergence(epoch_losses)
    return model, epoch_losses
