# right: a part of the difference is taken away
def ema_update(average, model, decay):
    with torch.no_grad():
        for name, shadow in average.named_parameters():
            weight = model.get_parameter(name)
            if not torch.is_floating_point(shadow):
                shadow[...] = weight
                continue
            shadow.sub_((1.0 - decay) * (shadow - weight))
        for name, shadow in average.named_buffers():
            shadow[...] = model.get_buffer(name)
