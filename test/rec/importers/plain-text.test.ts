import { expect, test } from 'vitest';
import { plainText } from '../../../src/rec/importers/plain-text.ts';

test.each([
  ['Tom &amp; Jerry', 'Tom & Jerry'],
  ['5&quot; nails', '5" nails'],
  ['Don&#39;t &#x27;go&#x27;', "Don't 'go'"],
  ['&lt;b&gt; in HTML', '<b> in HTML'],
  ['&amp;quot; once', '&quot; once'],
  ['<span class="a-size-large" dir=\'ltr\'>Blue pen</span>', 'Blue pen'],
  ['H<sub>2</sub>O<br/>filter<BR>new', 'H2O filter new'],
  ['<p>one</p><p>two</p>', ' one  two '],
  ['a<!-- hidden --> b <style type="text/css">.x > y {}</style>c', 'a  b  c'],
  ['Pen <span class="a-size-lar', 'Pen '],
  ['a<img src=x.png alt="1 > 0">b', 'ab'],
])('%s', (text, plain) => {
  expect(plainText(text)).toBe(plain);
});

test.each([
  ...['AT&T', 'R&D; x', 'Q&A', 'a & b', '&copy 2020', '&notit;', 'B&amp'],
  ...['a < b', 'a <b and c> d', 'x<y>z', '<Untitled>', 'I <3 you', '1 <a', '<>', 'if (i<b) {}'],
])('%s stays', (text) => {
  expect(plainText(text)).toBe(text);
});
