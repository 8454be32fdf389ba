import { expect } from 'vitest';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import type { ModelConfig } from '../../../src/nn/transformer/config.ts';
import { forwardLogits } from '../../../src/nn/transformer/forward.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { rotaryTable } from '../../../src/nn/ops/rotary.ts';
import { uploadWeights } from '../../../src/nn/transformer/device-weights.ts';
import { Workspace } from '../../../src/nn/graph/plan.ts';
import {
  createSampler,
  type Sampler,
  type SamplerSizes,
} from '../../../src/nn/decoding/sampler.ts';

/** Three blocks of columns, the last one short. */
const CONFIG: ModelConfig = {
  ...{ vocabSize: 600, width: 16, layers: 2, heads: 4, kvHeads: 2, headWidth: 8 },
  ...{ feedForward: 32, tied: true, qkNorm: true, normEps: 1e-6, ropeTheta: 10000 },
  maxPositions: 64,
};
const LENGTH = 6;
const PROMPTS = [[1, 500, 30, 7], [2], [3, 599, 80, 256, 255, 4], [90, 91]] as const;
const SIZES: SamplerSizes = {
  ...{ users: 4, length: LENGTH, samples: 3, maxTokens: 11, temperature: 0.75, stopToken: 5 },
};

/** Larger than usual weights, so that tokens differ well beyond rounding. */
function parameters(): Float32Array {
  return initialParameters(CONFIG, 3).map((x) => (x === 1 ? 1 : 24 * x));
}

async function withSampler<T>(
  executor: Executor,
  changes: Partial<SamplerSizes>,
  body: (sampler: Sampler) => Promise<T>,
  weights = parameters(),
): Promise<T> {
  const before = executor.memory().liveBytes;
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  const { maxPositions, headWidth, ropeTheta } = CONFIG;
  const ropeTable = scope.floats('rope', maxPositions * headWidth);
  executor.write(ropeTable, rotaryTable(maxPositions, headWidth, ropeTheta));
  const views = uploadWeights(scope, CONFIG, weights);
  const sizes = { ...SIZES, ...changes };
  const sampler = await createSampler(executor, workspace, CONFIG, views, { ropeTable }, sizes);
  try {
    return await body(sampler);
  } finally {
    sampler.destroy();
    workspace.destroy();
    scope.destroy();
    expect(executor.memory().liveBytes, 'buffers left behind').toBe(before);
  }
}

/** The prompts of these users, who keep their ids wherever they stand. */
function inputOf(users: readonly number[], seed = 1) {
  const prompts = new Uint32Array(users.length * LENGTH);
  users.forEach((user, place) => {
    prompts.set(PROMPTS[user] ?? [], place * LENGTH);
  });
  const lengths = Uint32Array.from(users, (user) => PROMPTS[user]?.length ?? 0);
  return { prompts, lengths, userIds: Uint32Array.from(users, (user) => 1000 + user), seed };
}

const ALL = [0, 1, 2, 3];

/** Tokens of the default sampler, for the comparison of executors. */
export function sampleDefault(executor: Executor): Promise<Uint32Array> {
  return withSampler(executor, {}, (sampler) => sampler.run(inputOf(ALL)));
}

/** At temperature 0 every token is the largest logit of a plain forward pass over what is before. */
export async function checkGreedy(executor: Executor): Promise<void> {
  const changes = { temperature: 0, samples: 2, maxTokens: 9 };
  const tokens = await withSampler(executor, changes, (sampler) => sampler.run(inputOf(ALL)));
  let compared = 0;
  for (const user of ALL) {
    const own = [...tokens.subarray(user * 18, user * 18 + 9)];
    expect([...tokens.subarray(user * 18 + 9, user * 18 + 18)], 'second sample').toEqual(own);
    const prompt = PROMPTS[user] ?? [];
    const ids = Uint32Array.from([...prompt, ...own]);
    const logits = await forwardLogits(executor, CONFIG, parameters(), {
      B: 1,
      T: ids.length,
      ids,
    });
    const stop = own.indexOf(SIZES.stopToken);
    own.slice(0, stop < 0 ? own.length : stop + 1).forEach((token, step) => {
      const row = (prompt.length + step - 1) * CONFIG.vocabSize;
      const last = logits.subarray(row, row + CONFIG.vocabSize);
      expect(token, `user ${String(user)}, step ${String(step)}`).toBe(
        last.indexOf(last.reduce((a, b) => Math.max(a, b))),
      );
      compared += 1;
    });
  }
  expect(compared).toBeGreaterThan(20);
}

/** A user's tokens depend on its id, the seed and its prompt: not on who else is decoded where. */
export async function checkIndependence(executor: Executor): Promise<void> {
  const all = await sampleDefault(executor);
  const own = SIZES.samples * SIZES.maxTokens;
  await withSampler(executor, {}, async (sampler) => {
    const order = [3, 3, 0, 2];
    const mixed = await sampler.run(inputOf(order));
    order.forEach((user, place) => {
      expect(mixed.subarray(place * own, (place + 1) * own)).toEqual(
        all.subarray(user * own, (user + 1) * own),
      );
    });
    const samples = Array.from({ length: SIZES.samples }, (_, k) =>
      all.subarray(k * SIZES.maxTokens, (k + 1) * SIZES.maxTokens).join(),
    );
    expect(new Set(samples).size, 'samples differ').toBe(SIZES.samples);
    expect(await sampler.run(inputOf(ALL, 2)), 'another seed').not.toEqual(all);
    expect(await sampler.run(inputOf(ALL)), 'once more').toEqual(all);
  });
  const inParts = { logitsBytes: 1 };
  const parts = await withSampler(executor, inParts, (sampler) => sampler.run(inputOf(ALL)));
  expect(parts, 'the vocabulary in parts').toEqual(all);
}

/** What a run without that stop token says, up to the first one, then nothing but stop tokens. */
export async function checkStop(executor: Executor): Promise<void> {
  const { maxTokens } = SIZES;
  const free = await sampleDefault(executor);
  // Taken from the middle of a continuation, so that it does stop something.
  const stopToken = free[maxTokens + 4] ?? 0;
  const stopped = await withSampler(executor, { stopToken }, (s) => s.run(inputOf(ALL)));
  let cut = 0;
  for (let draw = 0; draw < SIZES.users * SIZES.samples; draw++) {
    const own = [...stopped.subarray(draw * maxTokens, (draw + 1) * maxTokens)];
    const at = own.indexOf(stopToken);
    if (at >= 0) cut += 1;
    const until = at < 0 ? maxTokens : at;
    const whole = [...free.subarray(draw * maxTokens, (draw + 1) * maxTokens)];
    // The other run may have met its own stop token before.
    const ended = whole.indexOf(SIZES.stopToken);
    const common = Math.min(until, ended < 0 ? maxTokens : ended + 1);
    expect(own.slice(0, common)).toEqual(whole.slice(0, common));
    expect(own.slice(until)).toEqual(new Array<number>(maxTokens - until).fill(stopToken));
  }
  expect(cut).toBeGreaterThan(0);
  // All stop at once: the last programs do not run, the rest of the result is the same.
  const greedy = { temperature: 0, users: 1, samples: 2 };
  const first = (await withSampler(executor, greedy, (s) => s.run(inputOf([0]))))[0] ?? 0;
  const none = await withSampler(executor, { ...greedy, stopToken: first }, (s) =>
    s.run(inputOf([0])),
  );
  expect(none).toEqual(new Uint32Array(2 * maxTokens).fill(first));
}

export async function checkNonFiniteSampling(executor: Executor): Promise<void> {
  const weights = parameters();
  weights[3] = NaN;
  const run = withSampler(executor, {}, (sampler) => sampler.run(inputOf(ALL)), weights);
  await expect(run).rejects.toMatchObject({ code: 'non-finite' });
}

/** First tokens, and second ones after the most frequent first one, against softmax(logits / T). */
export async function checkFrequencies(executor: Executor): Promise<void> {
  const prompt = PROMPTS[0];
  const changes = { users: 1, samples: 512, maxTokens: 2 };
  const pairs: [number, number][] = [];
  await withSampler(executor, changes, async (sampler) => {
    for (let seed = 0; seed < 8; seed++) {
      const tokens = await sampler.run(inputOf([0], seed));
      for (let i = 0; i < tokens.length; i += 2) pairs.push([tokens[i] ?? 0, tokens[i + 1] ?? 0]);
    }
  });
  const counts = new Map<number, number>();
  for (const [first] of pairs) counts.set(first, (counts.get(first) ?? 0) + 1);
  const [frequent = 0] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
  const ids = Uint32Array.from([...prompt, frequent]);
  const logits = await forwardLogits(executor, CONFIG, parameters(), { B: 1, T: ids.length, ids });
  const row = (t: number) => logits.subarray(t * CONFIG.vocabSize, (t + 1) * CONFIG.vocabSize);
  const { temperature } = SIZES;
  const firsts = pairs.map(([first]) => first);
  expectFit(firsts, row(prompt.length - 1), temperature);
  expectFit(
    pairs.filter(([first]) => first === frequent).map(([, second]) => second),
    row(prompt.length),
    temperature,
  );
  // The test can fail: another temperature does not fit.
  expect(misfit(firsts, row(prompt.length - 1), 1.25 * temperature)).toBeGreaterThan(5);
}

function expectFit(tokens: readonly number[], logits: Float32Array, temperature: number): void {
  expect(tokens.length).toBeGreaterThan(200);
  expect(Math.abs(misfit(tokens, logits, temperature))).toBeLessThan(4);
}

/** Pearson's chi-square in standard deviations from its mean; bins of at least ten expected. */
function misfit(tokens: readonly number[], logits: Float32Array, temperature: number): number {
  const weights = Array.from(logits, (z) => Math.exp(z / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  const order = weights.map((_, v) => v).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0));
  const observed = new Float64Array(logits.length);
  for (const token of tokens) observed[token] = (observed[token] ?? 0) + 1;
  let square = 0;
  let bins = 0;
  let expectedInBin = 0;
  let observedInBin = 0;
  let rest = tokens.length;
  for (const v of order) {
    const expected = (tokens.length * (weights[v] ?? 0)) / total;
    expectedInBin += expected;
    observedInBin += observed[v] ?? 0;
    rest -= expected;
    if (expectedInBin < 10 || (rest < 10 && v !== order.at(-1))) continue;
    square += (observedInBin - expectedInBin) ** 2 / expectedInBin;
    bins += 1;
    expectedInBin = 0;
    observedInBin = 0;
  }
  // The tail, when it did not fill a bin: at least ten were left for it.
  if (expectedInBin > 0) {
    square += (observedInBin - expectedInBin) ** 2 / expectedInBin;
    bins += 1;
  }
  expect(bins).toBeGreaterThan(5);
  return (square - (bins - 1)) / Math.sqrt(2 * (bins - 1));
}
