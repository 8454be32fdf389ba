import { RandomStream } from '../../src/core/rng.ts';

const PARTS: readonly (() => readonly string[])[] = [
  () => Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)),
  () => [' ', '  ', '\n', '\r\n', '\t', '\u00a0', '\u0085', '\u2028', '\ufeff', '\u3000', '\0'],
  () => ["'s", "'S", "'ll", "'RE", "'d", "n't", "'ſ", '’s'],
  () => ['é', 'e\u0301', 'ß', 'ſ', 'İ', 'ǅ', 'Ω', 'א', 'ع', 'ा', 'ไ', '中', '日本', '한', 'ﬁ'],
  () => ['😀', '👩‍👩‍👧', '🇩🇪', '\u{1D400}', '\u{10FFFF}', '½', '²', 'Ⅳ', '٣', '๓', '\u00ad'],
  () => ['<eos>', '<a_3>', '<a_31>', '<a_', '<', '>', '[ITEM]', 'Ġ', 'Ċ'],
  () => ['the ', 'Game', ' of', ' Thrones', '12', '2023', '$9.99', '--', '!!!\n', '\n\n'],
];

/** A text from corners of Unicode and from item texts; the same (seed, index) gives the same. */
export function randomText(seed: number, index: number): string {
  const random = new RandomStream(seed, `text ${String(index)}`);
  const pick = <T>(values: readonly T[]): T => values[random.nextInt(values.length)] as T;
  const length = random.nextInt(24);
  return Array.from({ length }, () => {
    if (random.nextInt(12) === 0) return anyScalar(random);
    return pick(pick(PARTS)());
  }).join('');
}

function anyScalar(random: RandomStream): string {
  const code = random.nextInt(0x110000);
  return String.fromCodePoint(code >= 0xd800 && code <= 0xdfff ? 0x41 : code);
}
