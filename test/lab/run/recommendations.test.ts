import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { asArtefact, idsArtefact } from '../../../src/lab/results/artefacts.ts';
import { Recommendations } from '../../../src/lab/run/recommendations.ts';
import type { BeamNode } from '../../../src/rec/semantic-ids/beam-tree.ts';
import { tinyWith } from '../document/documents.ts';
import { compactText, newStore, runText, type CompactRun } from '../paradigms/compact-documents.ts';
import { checkLists, partsOf } from '../../support/lab/check-lists.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const MASKED = {
  'evaluation: { beam: 20, maxUsers: 8, crossUsers: 4 }':
    'evaluation: { beam: 20, maxUsers: 8, crossUsers: 4, maskHistory: true }',
};
const MERGE = 'merges:\n  - { name: average, over: domains, method: simple_average }\n';
/** Of two stages one, and one merge: what else there is other tests are about. */
const ONE = {
  '    - { name: phase1, start: 2024-01-01, end: 2024-04-01 }\n': '',
  '    phase1: { epochs: 1 }\n': '',
  '  - { name: average, over: domains, method: simple_average }\n': '',
  '  - { name: ties, over: domains, method: ties, base: pretrain-mean }\n': '',
  'merges:\n  - { name: velocity, over: periods, method: velocity, parameters: { alpha: 0.05 } }\n':
    MERGE,
};

const { signal } = new AbortController();
let executor: Executor;
beforeAll(async () => {
  executor = await openWasm();
});
afterAll(() => {
  executor.destroy();
});

const documents = {
  'semantic ids': tinyWith(ONE),
  'compact ids with a mask': compactText(MASKED, MERGE),
};

describe.each(Object.entries(documents))('%s', (name, text) => {
  let run: CompactRun;
  beforeAll(async () => {
    run = await runText(text, executor);
  }, 60_000);

  it('recommends to every customer what the evaluation ranked', async () => {
    const { models } = await checkLists(run, executor);
    expect(models.find((one) => one.name === 'average')).toMatchObject({
      role: 'merge',
      parents: ['Games/phase2', 'Books/phase2'],
      isReady: true,
    });
    expect(executor.memory().liveBuffers).toBe(0);
  });

  it.runIf(name === 'semantic ids')(
    'merges what nobody has stored, with the same answer, and writes nothing',
    async () => {
      const asking = new Recommendations();
      const { plan } = run;
      const merges = new Set(plan.jobs.filter(({ kind }) => kind === 'merge').map(({ id }) => id));
      // The same store without its merges.
      const store = newStore();
      for (const { id, kind } of plan.jobs) {
        if (merges.has(id)) continue;
        const checkpoint = await run.store.getCheckpoint(id);
        if (checkpoint !== null) await store.putCheckpoint(id, checkpoint);
        else await store.putArtefact(id, kind, await run.store.getArtefact(id));
      }
      const question = { domain: 'Games', models: ['average'], customer: { at: 1 } };
      const stored = await asking.answers(partsOf(run), question, executor, signal);
      const parts = { ...partsOf(run), store };
      const fresh = new Recommendations();
      expect(await fresh.answers(parts, question, executor, signal)).toEqual(stored);
      expect(await store.finishedOf([...merges])).toEqual([]);
      const { models } = await fresh.choices(parts, 'Games');
      expect(models.find((one) => one.name === 'average')?.isReady).toBe(true);
    },
  );

  it.runIf(name.includes(' ids'))('shows the tree of the search', async () => {
    const asking = new Recommendations();
    const parts = partsOf(run);
    const question = { domain: 'Books', models: ['Books/phase2'], customer: { at: 0 } };
    const [answer] = await asking.answers(parts, question, executor, signal);
    const { items = [], reason } = answer?.recommendation ?? {};
    if (reason?.shape !== 'tree') throw new Error('no tree');
    const { tree } = reason;
    const stored: unknown = await run.store.getArtefact(run.job('semantic ids Books').id);
    const { ids } = asArtefact(idsArtefact, stored, 'ids');
    expect(tree).toMatchObject({ levels: 2, codesPerLevel: 16 });
    expect(tree.root.items).toBe(ids.codes.length / 2);
    const leaves: BeamNode[] = [];
    const visit = (node: BeamNode, depth: number, logP: number): void => {
      expect(node.logP).toBeCloseTo(logP, 4);
      if (depth === tree.levels) {
        leaves.push(node);
        return;
      }
      // Nothing is lost: what is kept, let go and, where it is not shared out, cut.
      const kept = node.kept.reduce((sum, { p }) => sum + p, 0);
      const cut = tree.isRenormalised ? 0 : node.cut.p;
      expect(kept + node.left.p + cut).toBeCloseTo(1, 5);
      const under = node.kept.reduce((sum, child) => sum + child.items, 0);
      expect(under + node.left.items).toBe(node.items);
      expect(node.kept.length + node.left.codes + node.cut.codes).toBe(16);
      for (const child of node.kept) visit(child, depth + 1, logP + Math.log(child.p));
    };
    visit(tree.root, 0, 0);
    // The best leaf that is no masked item is the head of the list.
    const best = leaves.toSorted((a, b) => b.logP - a.logP);
    const named = best.find(({ examples }) => examples[0] === items[0]?.item);
    expect(named?.logP).toBe(items[0]?.score);
    if (!name.includes('mask')) {
      expect(best.slice(0, 10).map(({ examples }) => examples[0])).toEqual(
        items.map(({ item }) => item),
      );
    }
  });

  it('takes a typed history, and refuses one that no model reads', async () => {
    const asking = new Recommendations();
    const parts = partsOf(run);
    const { customers, titles } = await asking.choices(parts, 'Books');
    const ask = (history: readonly number[]) =>
      asking.answers(
        parts,
        { domain: 'Books', models: ['Books/phase2'], customer: { history } },
        executor,
        signal,
      );
    const [first] = customers;
    const [typed] = await ask(first?.history ?? []);
    expect(typed?.recommendation.rank).toBeNull();
    const [known] = await asking.answers(
      parts,
      { domain: 'Books', models: ['Books/phase2'], customer: { at: 0 } },
      executor,
      signal,
    );
    // Titles are drawn anew for whom the data do not have, and a mask takes what the data know.
    if (name === 'semantic ids') {
      expect(typed?.recommendation.items).toEqual(known?.recommendation.items);
      expect(typed?.recommendation.reason).toEqual(known?.recommendation.reason);
    }
    for (const wrong of [[], [titles.length], [-1], new Array<number>(9).fill(0)]) {
      await expect(ask(wrong)).rejects.toMatchObject({
        code: 'invalid-argument',
        hint: expect.stringContaining('1 to 8 items') as string,
      });
    }
    await expect(ask([0, 1])).resolves.toHaveLength(1);
  });
});
