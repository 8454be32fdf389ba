/** A projector in front of a class, an old one, a phone. */
export const WIDTHS = [
  { width: 1280, height: 720 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
] as const;

export const THEMES = ['light', 'dark'] as const;
