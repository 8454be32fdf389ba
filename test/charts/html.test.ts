import { nothing } from 'lit';
import { expect, test } from 'vitest';
import { html, svg } from '../../src/charts/html.ts';
import { visibleText } from '../../src/core/visible-text.ts';
import { escapeMarkup } from '../../src/lab/report/markup.ts';

const EVIL = 'a\u202eb';
const SEEN = 'a\\u202eb';

test('what cannot be seen but changes what is seen is written out', () => {
  for (const [from, to] of [
    [0x202a, 0x202e],
    [0x2066, 0x2069],
    [0x200e, 0x200f],
    [0x2060, 0x2064],
    [0x0000, 0x0008],
    [0x0080, 0x009f],
  ] as const) {
    for (let code = from; code <= to; code++) {
      const escaped = `x\\u${code.toString(16).padStart(4, '0')}y`;
      expect(visibleText(`x${String.fromCharCode(code)}y`)).toBe(escaped);
    }
  }
  for (const character of ['\u061c', '\u200b', '\ufeff', '\u2028', '\u180e']) {
    expect(visibleText(character)).toMatch(/^\\u[0-9a-f]{4}$/);
  }
});

test('what people write stays as it is', () => {
  // Hebrew, Persian with its joiner, an emoji of several, accents of their own, line breaks and tabs.
  const written =
    'שלום \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 👩\u200d🚀 e\u0301 日本\tx\n';
  expect(visibleText(written)).toBe(written);
});

test('report and page escape the same', () => {
  expect(escapeMarkup(`<b>${EVIL}&`)).toBe(`&lt;b&gt;${SEEN}&amp;`);
  expect(html`<b>${EVIL}</b>`.values).toEqual([SEEN]);
});

test('text is escaped wherever people read it, alone and in lists', () => {
  const { values } = html`
    <p>${EVIL} and ${[EVIL, [EVIL], html`<i></i>`]}</p>
    <button title=${EVIL} aria-label="Export ${EVIL}" class="x">a > ${EVIL}</button>
    ${EVIL}
  `;
  expect(values.filter((_, index) => index !== 1)).toEqual([SEEN, SEEN, SEEN, SEEN, SEEN]);
  expect(values[1]).toMatchObject([SEEN, [SEEN], { values: [] }]);
  expect(svg`<text x=${EVIL}>${EVIL}</text>`.values).toEqual([EVIL, SEEN]);
});

test('what means something to the page is left as it is', () => {
  const listener = () => undefined;
  const given = [EVIL, EVIL, EVIL, listener, 7, nothing, null];
  const { values } = html`<option value=${EVIL} .text=${EVIL} data-id="${EVIL}" @click=${listener}>
    ${7} ${nothing} ${null}
  </option>`;
  expect(values).toEqual(given);
  // Also after an attribute that is read.
  const after = html`<option
    title=${EVIL}
    value=${EVIL}
    label="a ${EVIL}"
    data-id=${EVIL}
  ></option>`;
  expect(after.values).toEqual([SEEN, EVIL, SEEN, EVIL]);
});

test('templates keep the identity by which Lit finds its elements again', () => {
  const row = (name: string) => html`<li>${name}</li>`;
  expect(row('a').strings).toBe(row(EVIL).strings);
  expect(row(EVIL).values).toEqual([SEEN]);
});
