import { describe, expect, it } from 'vitest';
import { hubTitle, parseHubName } from '../../../src/io/hub/hub-name.ts';

const HUB = 'https://huggingface.co';

describe('the name of a model on a hub', () => {
  it.each([
    ['Qwen/Qwen3-0.6B', { repo: 'Qwen/Qwen3-0.6B' }],
    ['  gpt2 ', { repo: 'gpt2' }],
    ['org/tiny@v1.0', { repo: 'org/tiny', revision: 'v1.0' }],
    ['org/tiny@refs/pr/1', { repo: 'org/tiny', revision: 'refs/pr/1' }],
    [`${HUB}/Qwen/Qwen3-0.6B`, { endpoint: HUB, repo: 'Qwen/Qwen3-0.6B' }],
    [`${HUB}/Qwen/Qwen3-0.6B/`, { endpoint: HUB, repo: 'Qwen/Qwen3-0.6B' }],
    [`${HUB}/gpt2`, { endpoint: HUB, repo: 'gpt2' }],
    ['http://127.0.0.1:8080/org/tiny', { endpoint: 'http://127.0.0.1:8080', repo: 'org/tiny' }],
    [
      `${HUB}/org/tiny/tree/refs%2Fpr%2F1`,
      { endpoint: HUB, repo: 'org/tiny', revision: 'refs/pr/1' },
    ],
    [
      `${HUB}/org/tiny/blob/main/config.json?download=true`,
      { endpoint: HUB, repo: 'org/tiny', revision: 'main' },
    ],
  ])('%s', (text, expected) => {
    expect(parseHubName(text)).toEqual(expected);
  });

  it.each(['', '..', '../x', 'a/b/c', 'a b', 'org/', '/org', 'org/tiny@', '-x/y', HUB])(
    'refuses "%s"',
    (text) => {
      expect(() => parseHubName(text)).toThrow(/is no name of a model/);
    },
  );

  it.each([`${HUB}/org/tiny/discussions/3`, `${HUB}/datasets/org/tiny`, 'https://['])(
    'refuses the address %s',
    (text) => {
      expect(() => parseHubName(text)).toThrow(/is no name of a model/);
    },
  );

  it('is shown with a commit cut short', () => {
    expect(hubTitle({ repo: 'org/tiny' })).toBe('org/tiny');
    expect(hubTitle({ repo: 'org/tiny', revision: 'v1' })).toBe('org/tiny@v1');
    expect(hubTitle({ repo: 'org/tiny', revision: 'a'.repeat(40) })).toBe('org/tiny@aaaaaaa');
  });
});
