# right: the guide's whole script: device, MNIST from torchvision, own plot; returns the losses
def main():
    if torch.cuda.is_available():
        device = torch.device("cuda")
    elif torch.backends.mps.is_available():
        device = torch.device("mps")
    else:
        device = torch.device("cpu")
    print(f"Device: {device}")
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    train_dataset = datasets.MNIST(root="./data", train=True, download=True, transform=transform)
    train_loader = DataLoader(train_dataset, batch_size=64, shuffle=True, num_workers=0)
    model = SimpleUNet(image_channels=1, base_channels=64).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    for epoch in range(num_epochs):
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        epoch_losses.append(loss)
        print(f"Epoch {epoch + 1}/{num_epochs} | Loss: {loss:.6f}")
    plt.figure(figsize=(10, 5))
    plt.plot(epoch_losses, marker="o")
    plt.xlabel("Epoch")
    plt.ylabel("MSE Loss")
    plt.grid(True)
    plt.show()
    print(f"  Initial loss: {epoch_losses[0]:.6f}")
    print(f"  Final loss: {epoch_losses[-1]:.6f}")
    print(f"  Improvement: {(epoch_losses[0] - epoch_losses[-1]) / epoch_losses[0] * 100:.1f}%")
    return epoch_losses
