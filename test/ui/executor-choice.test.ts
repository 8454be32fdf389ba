import { describe, expect, it } from 'vitest';
import { choiceOfAddress } from '../../src/ui/browser/executor-choice.ts';

describe('executor in the address', () => {
  it.each([
    ['', '', null],
    ['?executor=webgpu', '#/grid', 'webgpu'],
    ['', '#/grid?run=demo&executor=cpu', 'cpu'],
    ['?executor=auto', '#/grid?executor=cpu', 'auto'],
  ] as const)('%s%s', (search, hash, wanted) => {
    expect(choiceOfAddress(search, hash)).toBe(wanted);
  });

  it.each(['?executor=gpu', '?executor=', '?executor=WebGPU'])('refuses %s', (search) => {
    expect(() => choiceOfAddress(search, '')).toThrowError(
      expect.objectContaining({
        code: 'invalid-argument',
        hint: expect.stringContaining('auto, webgpu, cpu') as string,
      }),
    );
  });
});
