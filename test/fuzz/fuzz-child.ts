import { openSync, writeSync } from 'node:fs';
import { corpusOf, packedFiles, writeCorpus } from './corpus.ts';
import { FUZZ_KINDS } from './kind-list.ts';
import { minimised } from './minimise.ts';
import { outcomeOf } from './outcome.ts';
import { fuzzInput, runFuzz, signatureOf } from './run-fuzz.ts';
import type { ChildMessage, ChildTask } from './child-messages.ts';

/**
 * Reads a range of inputs in a process of its own and says how it went, a line of JSON after every few
 * hundred. Which input it is at stands in a file: should this process die or hang, its parent knows
 * what of.
 */

const BATCH = 500;

const task = JSON.parse(process.argv[2] ?? '') as ChildTask;
const kind = FUZZ_KINDS.find(({ name }) => name === task.kind);
if (kind === undefined) throw new Error(`There is no kind ${task.kind}.`);
if (task.does === 'write-corpus') tell({ type: 'written', bytes: await writeCorpus(kind) });
else {
  const corpus = corpusOf(kind.name);
  // What is loaded and compiled at the first reading is no input's.
  for (const { input } of corpus) await outcomeOf(kind, input);
  const { seed, to, skip } = task;
  const progress = openSync(task.progressFile, 'w');
  const place = new Int32Array(2);
  const beat = (): void => {
    place[1] = ((place[1] ?? 0) + 1) % 2 ** 30;
    writeSync(progress, place, 0, 8, 0);
  };
  const onInput = (index: number): void => {
    place[0] = index;
    beat();
  };
  const told = new Set<string>();
  for (let from = task.from; from < to;) {
    if (skip.includes(from)) {
      from += 1;
      continue;
    }
    const next = Math.min(to, from + BATCH, ...skip.filter((index) => index > from));
    const { totals, found } = await runFuzz(kind, corpus, { seed, from, to: next, onInput });
    tell({ type: 'batch', from, to: next, totals });
    for (const finding of found) {
      const signature = signatureOf(finding);
      if (told.has(signature)) continue;
      told.add(signature);
      const files = packedFiles(await minimised(kind, finding.input, finding, beat));
      const { what, message, index } = finding;
      tell({ type: 'found', what, message, index, files });
    }
    from = next;
  }
  // What a process died of cannot be made smaller by it: as it was.
  for (const index of skip) {
    const files = packedFiles(fuzzInput(kind, corpus, seed, index));
    tell({ type: 'lethal', index, files });
  }
}

function tell(message: ChildMessage): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
}
