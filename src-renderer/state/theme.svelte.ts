// Light, dark, or as the system has it; kept in this browser.
export type Theme = 'system' | 'light' | 'dark';
const place = 'vsgd-lab-theme';
const stored = localStorage.getItem(place);

export const theme = $state({ chosen: (stored === 'light' || stored === 'dark' ? stored : 'system') as Theme });

export function applyTheme(chosen: Theme = theme.chosen): void {
  theme.chosen = chosen;
  localStorage.setItem(place, chosen);
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}
