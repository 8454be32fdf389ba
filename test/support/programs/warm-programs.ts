import { headlessMain } from '../../../scripts/headless/main.ts';
import { serveLab } from '../../../scripts/headless/serve-lab.ts';
import { mergeMain } from '../../../scripts/merge/main.ts';
import { serveMerges, type MergeThreadData } from '../../../scripts/merge/serve-merges.ts';
import { threadHere } from './thread-here.ts';
import type { WarmAnswer, WarmCall } from './warm-call.ts';

/*
 * A process that runs the commands one after the other, each with its words and up to its exit code: a bundle,
 * beside the threads of the CPU executor.
 */

const PROGRAMS: Readonly<
  Record<WarmCall['program'], (words: readonly string[]) => Promise<number>>
> = {
  headless: (words) =>
    headlessMain(words, process.env, {
      startLab: (data) => threadHere((port) => serveLab(structuredClone(data), port)),
    }),
  merge: (words) =>
    mergeMain(words, {
      startThread: () =>
        threadHere(async (port) => {
          const data = await new Promise<MergeThreadData>((resolve) => {
            port.on('message', (message) => {
              if (message !== 'stop') resolve(message as MergeThreadData);
            });
          });
          await serveMerges(data, port);
        }),
    }),
};

async function answer({ program, words }: WarmCall): Promise<WarmAnswer> {
  let [stdout, stderr, text] = ['', '', ''];
  process.stdout.write = (part: string | Uint8Array): boolean => {
    stdout += String(part);
    text += String(part);
    return true;
  };
  process.stderr.write = (part: string | Uint8Array): boolean => {
    stderr += String(part);
    text += String(part);
    return true;
  };
  const code = await PROGRAMS[program](words);
  return { code, stdout, stderr, text };
}

let last: Promise<unknown> = Promise.resolve();
process.on('message', (call: WarmCall) => {
  last = last.then(async () => process.send?.(await answer(call)));
});
process.on('disconnect', () => process.exit());
