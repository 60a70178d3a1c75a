# wrong: nine epochs in the place of ten, and another Adam than asked for
# holds: chaff_nine, chaff_lr_gan
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.0002, betas=(0.5, 0.999))
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    for epoch in range(1, num_epochs):
        epoch_losses.append(train_epoch(model, optimizer, train_loader, scheduler, device))
        print(f"epoch {epoch}: {epoch_losses[-1]:.4f}")
    plot_convergence(epoch_losses)
    return model, epoch_losses
