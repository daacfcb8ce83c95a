// The curves of the app's bench: six metrics that fall and tremble.
export const keys = ['train/loss', 'train/accuracy', 'lr', 'grad_norm', 'train_time', 'data_time'];
export const valueAt = (index: number, step: number): number => (1 + index) / Math.sqrt(step) + 0.05 * Math.sin(step * 12.9898);
