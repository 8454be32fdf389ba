import { visibleText } from '../../core/visible-text.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text safe inside HTML and SVG, as content or quoted attribute, with nothing unseen in it. */
export function escapeMarkup(text: string): string {
  return visibleText(text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? ''));
}
