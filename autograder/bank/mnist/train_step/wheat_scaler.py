# right: a GradScaler that is switched off, as in scripts for mixed precision
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    scaler = torch.amp.GradScaler(enabled=False)
    t = torch.empty(x_0.size(0), dtype=torch.long, device=device).random_(0, scheduler.num_timesteps)
    optimizer.zero_grad()
    with torch.autocast(device_type=torch.device(device).type, enabled=False):
        x_t, eps = add_noise(x_0, t, scheduler, noise=torch.randn_like(x_0))
        loss = torch.nn.MSELoss()(model(x_t, t), eps)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    scaler.step(optimizer)
    scaler.update()
    return float(loss)
