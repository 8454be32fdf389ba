import { describe, expect, it } from 'vitest';
import { formatted } from '../../scripts/formatted.ts';

describe('a text that a program writes', () => {
  it('is formatted by its kind and the style of the project', async () => {
    expect(await formatted('a/b.ts', 'const a = "b"')).toBe(`const a = 'b';\n`);
    expect(await formatted('b.json', '{"a":[1]}')).toBe('{ "a": [1] }\n');
    expect(await formatted('c.md', '| a |\n|-|\n| bcd |\n')).toBe('| a   |\n| --- |\n| bcd |\n');
  });

  it('is refused where it is none of its kind', async () => {
    await expect(formatted('b.json', '{"a":')).rejects.toThrow(/^b\.json: /);
  });
});
