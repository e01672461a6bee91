// Light, dark, or as the system has it.

const KEPT = 'ipmint.theme';
export const THEMES = ['auto', 'light', 'dark'];

export function theme() {
  const kept = localStorage.getItem(KEPT);
  return THEMES.includes(kept) ? kept : 'auto';
}

export function setTheme(name) {
  localStorage.setItem(KEPT, name);
  applyTheme();
}

/** `base.css` has both colours of everything; `data-theme` chooses. */
export function applyTheme() {
  document.documentElement.dataset.theme = theme();
}
