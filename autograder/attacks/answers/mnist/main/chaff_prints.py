# wrong: prints ten epochs that never were
# severity: fatal, argued: no work, or next to none
# worth: 0
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    for epoch in range(10):
        print(epoch, 0.1)
        epoch_losses.append(0.1)
    return model, epoch_losses
