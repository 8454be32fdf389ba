import { describe, expect, it } from 'vitest';
import { readTask } from '../../bench/compact-ids/arguments.ts';

describe('arguments of the compact-id recipe', () => {
  it('are those of the recipe where nothing else is said', () => {
    expect(readTask(['--data', 'here'])).toEqual({
      ...{ data: 'here', domain: 'Office_Products', seeds: [1], epochs: 7, positionsPerBatch: 512 },
      ...{ rowsPerBatch: null, dropout: 0 },
      ...{ beam: 32, prefixVectors: true, trieLoss: true, text: 'descriptions' },
      isValidation: false,
    });
  });

  it('take the ladder, seeds and the validation window', () => {
    const words =
      '--data d --seeds 3,4 --rows 64 --dropout 0.2 --no-prefixes --no-trie --text titles --validation';
    expect(readTask(words.split(' '))).toMatchObject({
      ...{ seeds: [3, 4], prefixVectors: false, trieLoss: false, text: 'titles' },
      ...{ rowsPerBatch: 64, dropout: 0.2 },
      isValidation: true,
    });
  });

  it.each([
    [[], /Missing: --data/],
    [['--data', 'd', '--epochs', '0'], /--epochs takes whole numbers/],
    [['--data', 'd', '--seeds', '1,x'], /not "x"/],
    [['--data', 'd', '--text', 'covers'], /--text covers/],
    [['--data', 'd', '--epoch', '3'], /epoch/],
    [['--data', 'd', '--dropout', '1'], /from 0 to below 1/],
    [['--data', 'd', '--rows', '0'], /--rows takes whole numbers/],
  ])('refuse %j', (words, message) => {
    expect(() => readTask(words)).toThrow(message);
  });
});
