import { html as litHtml, svg as litSvg } from 'lit';
import type { SVGTemplateResult, TemplateResult } from 'lit';
import { visibleText } from '../core/visible-text.ts';

/** Attributes that are read by people; others, as an option's value, say which one is meant. */
const READ = /\s(?:aria-label|title|alt|placeholder|label)\s*=\s*(?:"[^"]*|'[^']*|[^\s"'<>]*)$/;

/** Whether the values of a template, in their order, are shown as text. */
const shownPlaces = new WeakMap<TemplateStringsArray, readonly boolean[]>();

/**
 * Lit's `html` whose text is that of `visibleText`: names come from files and documents of others, and
 * must not be able to reorder or fake what the page shows. Values of properties, of attributes that
 * mean something to the page, and of listeners are left as they are.
 */
export function html(strings: TemplateStringsArray, ...values: unknown[]): TemplateResult<1> {
  return litHtml(strings, ...shown(strings, values));
}

/** The same of Lit's `svg`. */
export function svg(strings: TemplateStringsArray, ...values: unknown[]): SVGTemplateResult {
  return litSvg(strings, ...shown(strings, values));
}

function shown(strings: TemplateStringsArray, values: readonly unknown[]): unknown[] {
  const places = shownPlaces.get(strings) ?? placesOf(strings);
  shownPlaces.set(strings, places);
  return values.map((value, index) => (places[index] === true ? visible(value) : value));
}

function placesOf(strings: TemplateStringsArray): boolean[] {
  let before = '';
  return strings.slice(0, -1).map((part) => {
    before += part;
    const isInTag = before.lastIndexOf('<') > before.lastIndexOf('>');
    const isShown = !isInTag || READ.test(before);
    // In the place of the value.
    before += '_';
    return isShown;
  });
}

function visible(value: unknown): unknown {
  if (typeof value === 'string') return visibleText(value);
  return Array.isArray(value) ? value.map(visible) : value;
}
