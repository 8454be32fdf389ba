import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { tinyWith } from './documents.ts';
import { SHORT, faultsOf } from './document-lines.ts';

/** `line 3:1` of the only place where a document has this text. */
function lineOf(text: string, marker: string): string {
  const before = text.split(marker);
  expect(before, marker).toHaveLength(2);
  const lines = (before[0] ?? '').split('\n');
  return `line ${String(lines.length)}:${String((lines.at(-1) ?? '').length + 1)}`;
}

describe('faults of a document', () => {
  it.each<[string, Record<string, string>, string]>([
    ['an unknown key', { 'name: tiny': 'nmae: tiny' }, 'nmae (@nmae@): Unknown key "nmae".'],
    ['a missing key', { 'name: tiny\n': '' }, 'name: The key "name" is missing.'],
    ['an unknown nested key', { 'history: 8': 'hist: 8' }, 'contexts.hist (@hist: 8@): Unknown'],
    ['another schema', { 'experiment/1': 'experiment/9' }, 'schema (line 2:1): must be mmgrid'],
    ['a wrong type', { 'levels: 2': 'levels: two' }, 'ids.levels (@levels: two@): expected number'],
    ['a number out of range', { 'beam: 20': 'beam: 0' }, 'evaluation.beam (@beam: 0@): must be'],
    ['more beams than fit', { 'beam: 20': 'beam: 65' }, 'evaluation.beam (@beam: 65@): must be'],
    ['a fraction', { 'layers: 1': 'layers: 1.5' }, 'model.layers (@layers: 1.5@): must be a whole'],
    [
      'NaN',
      { 'alpha: 0.05': 'alpha: .nan' },
      'merges[2].parameters.alpha (@alpha: .nan@): Must be',
    ],
    ['a date that is none', { 'end: 2024-10-01': 'end: soon' }, 'contexts.test.end (@end: soon@)'],
    ['31 February', { 'start: 2024-04-01': 'start: 2024-02-31' }, 'contexts.stages[2].start'],
    [
      'a stage that ends before it starts',
      { 'start: 2024-01-01, end: 2024-04-01': 'start: 2024-01-01, end: 2023-04-01' },
      'contexts.stages[1].end (@end: 2023-04-01@): "phase1" ends at or before its start.',
    ],
    [
      'overlapping stages',
      { 'start: 2024-04-01': 'start: 2024-03-01' },
      'contexts.stages[2].start (@start: 2024-03-01@): "phase2" starts before "phase1" ends.',
    ],
    [
      'a test window inside training',
      { 'start: 2024-07-01': 'start: 2024-06-01' },
      'contexts.test.start (@start: 2024-06-01@): "test" starts before "phase2" ends.',
    ],
    [
      'a validation window outside the last stage',
      { 'filter: { minCount: 1 }': 'validation: { start: 2024-03-01, end: 2024-05-01 }' },
      'contexts.validation (@validation: { start: 2024-03-01@): must lie in the last stage "phase2"',
    ],
    [
      'a validation window over the whole last stage',
      { 'filter: { minCount: 1 }': 'validation: { start: 2024-04-01, end: 2024-07-01 }' },
      'contexts.validation (@validation: { start: 2024-04-01@): must lie in the last stage',
    ],
    [
      'a stage named twice',
      { 'name: phase2': 'name: phase1' },
      'contexts.stages[2].name (@name: phase1, start: 2024-04@): The name "phase1" is used twice.',
    ],
    [
      'a reserved stage name',
      { 'name: phase1': 'name: base' },
      'contexts.stages[1].name (@name: base@): "base" cannot be the name of a stage.',
    ],
    [
      'a domain named twice',
      { '[Games, Books]': '[Games, Games]' },
      'contexts.domains[1] (@Games]@): "Games" is named twice.',
    ],
    [
      'heads that do not divide',
      { 'kvHeads: 1': 'kvHeads: 3' },
      'model.kvHeads (@kvHeads: 3@): 2 heads cannot share 3 key/value heads evenly.',
    ],
    [
      'a head width that no kernel has',
      { 'headWidth: 8': 'headWidth: 12' },
      'model.headWidth (@headWidth: 12@): must be divisible by 8.',
    ],
    [
      'training of a stage that does not exist',
      { 'phase2: { epochs: 1 }': 'phase3: { epochs: 1 }' },
      'training.stages.phase3 (@phase3:@): There is no stage "phase3"',
    ],
    [
      'fewer beams than the largest cut-off',
      { 'beam: 20': 'beam: 5' },
      'evaluation.beam (@beam: 5@): 5 beams cannot rank 20 items.',
    ],
    [
      'a history that no row holds',
      { 'history: 8': 'history: 200' },
      'contexts.history (@history: 200@): A history of 200 items at 2 levels takes 402 positions',
    ],
    [
      'a batch that holds no row',
      { 'tokensPerBatch: 256': 'tokensPerBatch: 40', 'history: 8': 'history: 30' },
      'training.tokensPerBatch (@tokensPerBatch: 40@): must be at least 64',
    ],
    [
      'an unknown method',
      { 'method: ties': 'method: tiez' },
      'merges[1].method (@method: tiez@): There is no method "tiez"; methods: linear,',
    ],
    [
      'an unknown base',
      { 'pretrain-mean': 'pretain-mean' },
      'merges[1].base (@base: pretain@): There is no base "pretain-mean"; bases here: base, pretrain',
    ],
    [
      'a base where the method has none',
      { 'method: simple_average': 'method: simple_average, base: pretrain' },
      'merges[0].base (@base: pretrain }@): Simple average (fusion_bench) uses no base',
    ],
    [
      'an unknown stage of a merge',
      { 'method: simple_average': 'method: simple_average, stage: phase9' },
      'merges[0].stage (@stage: phase9@): There is no stage "phase9"',
    ],
    [
      'stages in the wrong order',
      { 'method: velocity,': 'method: velocity, stages: [phase2, phase1],' },
      'merges[2].stages (@stages: [phase2@): The stages must be listed oldest first.',
    ],
    [
      'an unknown domain of a merge',
      { 'method: simple_average': 'method: simple_average, domains: [Games, Food]' },
      'merges[0].domains[1] (@Food]@): There is no domain "Food"',
    ],
    [
      'a single domain to merge over domains',
      { 'method: simple_average': 'method: simple_average, domains: [Games]' },
      'merges[0].domains (@domains: [Games] }@): A merge over domains needs at least two domains.',
    ],
    [
      'a weight list of the wrong length',
      { 'method: simple_average': 'method: linear, parameters: { weight: [1, 2, 3] }' },
      'merges[0].parameters.weight (@weight: [1@): Has 3 values for 2 models.',
    ],
    [
      'an unknown parameter',
      { 'alpha: 0.05': 'beta: 0.05' },
      'merges[2].parameters.beta (@beta: 0.05@): Unknown; has "alpha".',
    ],
    [
      'two merges of one name',
      { 'name: ties': 'name: average' },
      'merges[1].name (@name: average, over: domains, method: ties@): "average" is named twice.',
    ],
    [
      'two merges that are the same but for their names',
      {
        'merges:\n':
          'merges:\n  - { name: again, over: domains, method: ties, base: pretrain-mean }\n',
      },
      'merges[2] (@{ name: ties@): "ties" makes the same merge as "again": leave one of them out.',
    ],
    [
      'a merge over periods that an earlier one makes for one of its domains',
      {
        'merges:\n':
          'merges:\n  - { name: step, over: periods, method: velocity, domains: [Books], parameters: { alpha: 0.05 } }\n',
      },
      'merges[3] (@{ name: velocity@): "velocity" makes the same merge as "step"',
    ],
    [
      'an ordered method with its domains the other way round',
      {
        'merges:\n':
          'merges:\n  - { name: a, over: domains, method: mmgrid_ties }\n  - { name: b, over: domains, method: mmgrid_ties, domains: [Books, Games] }\n',
      },
      'merges[1] (@{ name: b@): "b" makes the same merge as "a"',
    ],
    [
      'a simulator that runs out of items',
      { 'interactionsPerUser: 12': 'interactionsPerUser: 40' },
      'data.interactionsPerUser (@interactionsPerUser: 40@): must be at most a quarter of itemsPerDomain',
    ],
    [
      'an unknown importer',
      { 'source: simulator': 'importer: netflix' },
      'data.importer (@importer: netflix@): expected',
    ],
    [
      'a domain that the importer does not give',
      {
        'source: simulator\n  usersPerDomain: 40\n  itemsPerDomain: 60\n  interactionsPerUser: 12':
          'importer: movielens\n  genres: [Games, Drama]',
      },
      `contexts.domains[1] (@Books]@): "Books" is not among the data's domains: Games, Drama.`,
    ],
  ])('%s', (_what, replacements, expected) => {
    const text = tinyWith(replacements);
    const faults = faultsOf(text);
    const placed = expected.replace(/@(.*)@/, (_match, marker: string) => lineOf(text, marker));
    expect(
      faults.some((fault) => fault.startsWith(placed)),
      faults.join('\n'),
    ).toBe(true);
  });

  it.each([
    ['a tab in the indentation', 'a:\n\tb: 1', 'line 2:1'],
    ['an alias', `${SHORT}seeds: &s [1]\nmodel: *s\n`, 'line 9:8: Aliases'],
    ['a key given twice', `${SHORT}name: again\n`, 'line 8:1'],
    ['a custom tag', `${SHORT}seeds: !js [1]\n`, 'line 8:8'],
    ['a merge key', `${SHORT}<<: { a: 1 }\n`, '<< (line 8:1): Unknown key'],
    ['a prototype key', `${SHORT}__proto__: { a: 1 }\n`, '__proto__ (line 8:1): Unknown key'],
    ['a number as key', `${SHORT}7: 1\n`, 'line 8:1: A key must be text'],
    ['an empty document', '# nothing\n', 'document: The document is empty.'],
    ['a list', '- 1\n', 'document: The document is not a mapping'],
    ['absurd nesting', '['.repeat(30_000), ''],
    ['64 kB', `${SHORT}# ${'x'.repeat(65_536)}`, 'document: The document has'],
  ])('%s', (_what, text, expected) => {
    const faults = faultsOf(text);
    expect(faults.length).toBeGreaterThan(0);
    expect(
      faults.some((fault) => fault.startsWith(expected)),
      faults.join('\n'),
    ).toBe(true);
  });

  it('are all listed at once', () => {
    const text = tinyWith({ 'levels: 2': 'levels: 9', 'history: 8': 'hist: 8', tiny: '""' });
    expect(faultsOf(text).length).toBe(3);
  });

  it('come with the thrown error, too', () => {
    const text = tinyWith({ 'levels: 2': 'levels: 9' });
    expect(() => experimentFrom(text)).toThrowError(AppError);
    expect(() => experimentFrom(text)).toThrow('The experiment document has 1 fault.');
  });
});
