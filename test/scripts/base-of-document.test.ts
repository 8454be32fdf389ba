import { describe, expect, it } from 'vitest';
import { importsBase, isYaml } from '../../scripts/headless/base-of-document.ts';

describe('whether a document wants a base', () => {
  it.each([
    ['base: { source: import }', true],
    ['base:\n  source: import # mine', true],
    ['base: { source: text }', false],
    ['base: import', false],
    ['name: x', false],
    ['', false],
    ['base: { source: import', false],
  ])('%j: %s', (document, expected) => {
    expect(importsBase(document)).toBe(expected);
  });

  it('the demo wants none; a document that is no YAML is left to the page', () => {
    expect(importsBase(null)).toBe(false);
    expect(isYaml(null)).toBe(true);
    expect(isYaml('a: [')).toBe(false);
    expect(isYaml('a: []')).toBe(true);
  });
});
