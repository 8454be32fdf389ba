import { describe, expect, it } from 'vitest';
import { folderNames } from '../../workers/headless/headless-outputs.ts';

describe('folderNames', () => {
  it.each([
    [['Office/phase2'], ['Office-phase2']],
    [['ties (base = pretrain mean)'], ['ties-base-=-pretrain-mean']],
    [['../../etc'], ['etc']],
    [['...'], ['model']],
    [['书籍/第一'], ['书籍-第一']],
    [
      ['a/b', 'a b', 'A-B'],
      ['a-b', 'a-b-2', 'A-B-3'],
    ],
  ])('%j become %j', (names, folders) => {
    expect(folderNames(names)).toEqual(folders);
  });
});
