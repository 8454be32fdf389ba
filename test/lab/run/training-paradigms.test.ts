import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { tinyWith } from '../document/documents.ts';
import { TRAINING, store, run, cellOf } from './training-runs.ts';

describe('paradigms of texts', () => {
  const BASE = 'base: { source: text, tokens: 384, textTokens: 8, epochs: 3 }';
  const OPTIONS =
    'average: { before: 0.5 }\n  validation: { by: users, share: 0.2, patience: null }';

  it.each([
    ['semantic ids', 'tasks: { alignment: 0.5 }'],
    ['titles', 'paradigm: title\ntitle: { positions: 32, titleTokens: 6, maxTokens: 6 }'],
    ['embeddings', 'paradigm: embedding\nembedding: { negatives: 8, sequencesPerBatch: 8 }'],
  ])('%s choose epochs of the language model and of cells', async (_, paradigm) => {
    const changes = { 'base: { epochs: 1 }': `${BASE}\n${paradigm}` };
    const made = await run(OPTIONS, store(), changes);
    for (const title of ['train language model', 'train Games pretrain', 'train Games phase1']) {
      const { choice } = cellOf(made, title).meta;
      if (choice === undefined) throw new Error(`${title} chose nothing`);
      expect(choice.trained).toBe(title === 'train language model' ? 3 : 4);
      expect(choice.values[choice.epoch]).toBe(Math.min(...choice.values.slice(1)));
    }
  });

  it('embeddings choose by NDCG, too, as their evaluation masks', async () => {
    const base = `${BASE.replace('epochs: 3', 'epochs: 1')}\nparadigm: embedding`;
    const options = 'validation: { by: users, share: 0.3, patience: null, metric: ndcg }';
    const chosen = async (more: string) => {
      const section = `embedding: { negatives: 8, sequencesPerBatch: 8${more} }`;
      const changes = { 'base: { epochs: 1 }': `${base}\n${section}` };
      const { choice } = cellOf(await run(options, store(), changes), 'train Games pretrain').meta;
      if (choice === undefined) throw new Error('nothing was chosen');
      expect(choice.isHighest).toBe(true);
      expect(choice.values[choice.epoch]).toBe(Math.max(...choice.values.slice(1)));
      expect(Math.max(...choice.values)).toBeGreaterThan(0);
      return choice.values;
    };
    const masked = await chosen('');
    expect(await chosen(', maskHistory: true')).toEqual(masked);
    expect(await chosen(', maskHistory: false')).not.toEqual(masked);
  });

  it('embeddings take dropout, a mask and the batch’s targets, absent at their defaults', async () => {
    const title = 'train Games pretrain';
    const base = `${BASE.replace('epochs: 3', 'epochs: 1')}\nparadigm: embedding`;
    const trained = async (section: string, option = 'recompute: false') => {
      const changes = { 'base: { epochs: 1 }': `${base}\nembedding: { ${section} }` };
      return cellOf(await run(option, store(), changes), title);
    };
    const sizes = 'negatives: 8, sequencesPerBatch: 8, falseNegative: -1';
    const plain = await trained(sizes);
    const same = await trained(`${sizes}, mask: cosine, inBatch: false, itemVectors: none`);
    expect(same.meta.id).toBe(plain.meta.id);
    // Nothing is further away than a cosine of -1: all is masked.
    expect(plain.meta.curve?.losses.every((loss) => loss === 0)).toBe(true);
    expect(plain.meta.curve?.closeShares?.every((share) => share === 1)).toBe(true);
    const byItem = await trained(`${sizes}, mask: item`);
    expect(byItem.meta.curve?.losses.some((loss) => loss > 0)).toBe(true);
    const auto = await trained(`${sizes}, mask: auto`);
    expect(auto.parameters).toEqual(byItem.parameters);
    expect((await trained(`${sizes}, mask: item, inBatch: true`)).parameters).not.toEqual(
      byItem.parameters,
    );
    const dropped = await trained(`${sizes}, mask: item`, 'dropout: 0.2');
    expect(dropped.parameters).not.toEqual(byItem.parameters);
  });

  it('have keys that mean nothing to encoders', () => {
    const changes = {
      'base: { epochs: 1 }': `${BASE}\nparadigm: embedding`,
      [TRAINING]: `${TRAINING}  sequencesPerBatch: 8\n`,
    };
    const parsed = parseExperiment(tinyWith(changes));
    expect(parsed.ok ? [] : parsed.faults.map(({ message }) => message)).toEqual([
      expect.stringContaining('use embedding.sequencesPerBatch'),
    ]);
  });
});

describe('compact semantic ids', () => {
  const COMPACT = { 'base: { epochs: 1 }': 'base: { epochs: 2 }\nsemanticId: { form: compact }' };

  it('are validated, averaged and dropped like other models', async () => {
    const options =
      'dropout: 0.2\n  sequencesPerBatch: 16\n  average: { epochs: 2, before: 0.5 }\n  validation: { by: users, share: 0.2, patience: null }';
    const made = await run(options, store(), COMPACT);
    for (const title of ['train base', 'train Games pretrain', 'train Games phase1']) {
      const { choice } = cellOf(made, title).meta;
      if (choice === undefined) throw new Error(`${title} chose nothing`);
      expect(choice.trained).toBe(choice.planned);
      expect(choice.averaged).toBe(Math.min(2, choice.epoch));
      expect(choice.values[choice.epoch]).toBe(Math.min(...choice.values.slice(1)));
    }
    const ranked = 'validation: { by: users, share: 0.3, patience: null, metric: ndcg }';
    const { choice } = cellOf(await run(ranked, store(), COMPACT), 'train Games pretrain').meta;
    expect(choice?.isHighest).toBe(true);
    expect(choice?.values[choice.epoch]).toBe(Math.max(...(choice?.values.slice(1) ?? [])));
    expect(choice?.values.every((value) => value >= 0 && value <= 100)).toBe(true);
    const plain = await run('recompute: true', store(), COMPACT);
    const dropped = await run('dropout: 0.2', store(), COMPACT);
    const title = 'train Games pretrain';
    expect(cellOf(dropped, title).parameters).not.toEqual(cellOf(plain, title).parameters);
  });
});
