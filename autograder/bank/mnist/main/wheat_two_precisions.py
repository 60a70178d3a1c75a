# right: one layer of the network keeps its weights in double precision
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    next(model.children()).double()
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    epoch_losses = []
    for epoch in range(1, 11):
        epoch_losses.append(train_epoch(model, optimizer, train_loader, scheduler, device))
        print(f"epoch {epoch}: {epoch_losses[-1]:.4f}")
    plot_convergence(epoch_losses)
    return model, epoch_losses
