import type { FolderFiles } from '../../scripts/release/release-files.ts';

/** What may not stand in a built page, whatever its policy would stop: it would be the way in. */
const FORBIDDEN: readonly (readonly [what: string, files: RegExp, text: RegExp])[] = [
  ['eval', /\.m?js$/, /(?<![\w.$])eval\(/],
  ['a function made of a text', /\.m?js$/, /new Function\(|(?<![\w.$])Function\((["'`])/],
  ['a worker made of a text', /\.m?js$/, /new (Shared)?Worker\(\s*URL\.createObjectURL/],
  ['markup written as text', /\.m?js$/, /\.outerHTML\s*=|insertAdjacentHTML\(|document\.write\(/],
  ['a script in the page itself', /\.html$/, /<script(?![^>]*\bsrc=)[^>]*>/],
  ['a handler in the page itself', /\.html$/, /<[^>]+\son\w+=/],
  [
    'a script or style of another host',
    /\.html$/,
    /<(script|link)[^>]+(src|href)=["']?(https?:)?\/\//,
  ],
];

/** Lit's own templates are the one place where markup is written: once, behind a policy for it. */
const MOST_INNER_HTML = 1;

/** Everything in the files of a built page that should not be there. */
export function pageFaults(files: FolderFiles): readonly string[] {
  const faults: string[] = [];
  let innerHtml = 0;
  for (const [path, bytes] of files) {
    if (!/\.(m?js|html)$/.test(path)) continue;
    const text = new TextDecoder().decode(bytes);
    innerHtml += text.match(/\.innerHTML\s*=[^=]/g)?.length ?? 0;
    for (const [what, names, pattern] of FORBIDDEN) {
      if (names.test(path) && pattern.test(text)) faults.push(`${path} has ${what}`);
    }
  }
  if (innerHtml > MOST_INNER_HTML)
    faults.push(`innerHTML is written in ${String(innerHtml)} places`);
  if (![...files.keys()].includes('index.html')) faults.push('there is no page');
  return faults;
}
