# VSGD for PyTorch, as the published optimizer computes it: a loop in Python over the parameters, the same passes over each tensor in the same order.
import torch


class VSGD(torch.optim.Optimizer):
    """w <- w - lr mu' / (sqrt(m2) + eps); the equations stand in docs/vsgd.md."""

    def __init__(self, params, lr=0.01, ps=1e-7, ghattg=30.0, tau1=0.81, tau2=0.9, weight_decay=0.0, eps=1e-8):
        super().__init__(params, dict(lr=lr, ps=ps, ghattg=ghattg, tau1=tau1, tau2=tau2, weight_decay=weight_decay, eps=eps))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            pa2, pbg2 = 2 * group['ps'] + 1 + 1e-4, 2 * group['ps']
            pbhg2 = pbg2 * group['ghattg']
            for w in group['params']:
                if w.grad is not None:
                    self.update(w, group, (pa2, pbg2, pbhg2))

    def update(self, w, group, priors):
        pa2, pbg2, pbhg2 = priors
        state, grad = self.state[w], w.grad
        if not state:
            state.update(t=0, mu=torch.zeros_like(w), bg=torch.zeros_like(w), bhg=torch.zeros_like(w))
        state['t'] += 1
        t, mu, bg, bhg = state['t'], state['mu'], state['bg'], state['bhg']
        w.mul_(1 - group['lr'] * group['weight_decay'])
        if t == 1:
            sg, sh = pbg2 / (pa2 - 1), pbhg2 / (pa2 - 1)
        else:
            sg, sh = bg / pa2, bhg / pa2
        before = mu.clone()
        mu.copy_((grad * sg + mu * sh) / (sg + sh))
        variance = sg * sh / (sg + sh)
        second = variance + mu ** 2
        rho1, rho2 = t ** -group['tau1'], t ** -group['tau2']
        bg.mul_(1 - rho1).add_(pbg2 + second - 2.0 * mu * before + before ** 2, alpha=rho1)
        bhg.mul_(1 - rho2).add_(pbhg2 + second - 2.0 * grad * mu + grad ** 2, alpha=rho2)
        w.sub_(group['lr'] / (torch.sqrt(second) + group['eps']) * mu)
