import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { datasetOf } from '../../src/lab/experiment/experiment-dataset.ts';
import type { AdapterProfile } from '../../src/compute/executor.ts';
import type { InspectionPurpose } from '../../workers/lab/api.ts';
import { inspectDocument } from '../../workers/lab/inspect-document.ts';
import { isRefusal, wrongDocument, wrongInput } from '../../workers/lab/refusal.ts';
import { tinyExperiment, tinyWith } from '../lab/document/documents.ts';
import { compactText } from '../lab/paradigms/compact-documents.ts';

const simulated = await datasetOf(tinyExperiment(), null);

async function faultsOf(replacements: Readonly<Record<string, string>>): Promise<string[]> {
  const inspection = await inspectDocument(
    tinyWith(replacements),
    () => Promise.resolve(simulated),
    () => Promise.resolve([]),
  );
  return inspection.ok ? [] : inspection.faults.map(({ place }) => place);
}

async function inspectOn(limits: Readonly<Record<string, number>>, document = tinyWith({})) {
  return inspectDocument(
    document,
    () => Promise.resolve(simulated),
    () => Promise.resolve([]),
    { profile: { ...createCpuExecutor().profile, kind: 'webgpu', limits }, freeBytes: null },
  );
}

it('a base from files that are not given is a fault at its place', async () => {
  const sizes =
    'model: { layers: 1, width: 16, heads: 2, kvHeads: 1, headWidth: 8, feedForward: 32 }';
  const places = await faultsOf({ [sizes]: '', 'base: { epochs: 1 }': 'base: { source: import }' });
  expect(places).toEqual(['base.source (line 21:9)']);
});

it('a reference that no result will have is a fault at its place, with the names there are', async () => {
  const named = (reference: string) =>
    inspectDocument(
      tinyWith({ 'merges:': `results: { reference: ${reference} }\nmerges:` }),
      () => Promise.resolve(simulated),
      () => Promise.resolve([]),
    );
  const wrong = await named('phase9');
  expect(wrong.ok ? [] : wrong.faults).toEqual([
    {
      place: 'results.reference (line 29:12)',
      message: expect.stringMatching(
        /^Nothing that is measured is called "phase9"\. It may be one of: .*velocity \(Games\).* phase2/,
      ) as string,
    },
  ]);
  const right = await named('velocity');
  expect(right.ok && right.models).toEqual(
    expect.arrayContaining(['base', 'Games/phase2', 'phase2', 'velocity', 'co-occurrence']),
  );
});

describe('the memory that training needs', () => {
  it('is a note with the limit of the adapter', async () => {
    const inspection = await inspectOn({ maxBufferSize: 2 ** 30 });
    const notes = inspection.ok ? inspection.notes : [];
    expect(notes.at(-1)).toMatch(
      /^Training needs up to [\d.]+ [KM]B of memory \(largest buffer [\d.]+ [KM]B; the adapter allows 1 GB a buffer\)\.$/,
    );
  });

  it('names the parts of a batch', async () => {
    const training = tinyWith({ 'training:': 'training:\n  accumulationSteps: 2' });
    const inspection = await inspectOn({}, training);
    expect(inspection.ok && inspection.notes.at(-1)).toMatch(/ A batch is trained in 2 parts\.$/);
  });

  it('names what sampling titles takes', async () => {
    const base = 'base: { source: text, tokens: 384, textTokens: 8 }\nparadigm: title';
    const inspection = await inspectOn({}, tinyWith({ 'base: { epochs: 1 }': base }));
    expect(inspection.ok && inspection.notes.at(-1)).toMatch(
      / Sampling titles needs up to [\d.]+ [KM]B\.$/,
    );
  });

  it('is a fault of the model where the adapter allows less', async () => {
    const inspection = await inspectOn({ maxBufferSize: 1024 });
    expect(inspection).toMatchObject({ ok: false, faults: [{ place: 'model' }] });
    const message = inspection.ok ? '' : (inspection.faults[0]?.message ?? '');
    expect(message).toMatch(/embed_tokens.weight needs .* allows 1 KB\. Choose/);
  });
});

it('a joint compact base alone needs the memory, a random start of compact cells does not', async () => {
  const startOf = async (base: string) => {
    const text = compactText({}, undefined, base);
    const inspect = (profile: AdapterProfile, purpose: InspectionPurpose) =>
      inspectDocument(
        text,
        () => Promise.resolve(simulated),
        () => Promise.resolve([]),
        { profile, freeBytes: null },
        null,
        purpose,
      );
    const { profile } = createCpuExecutor();
    const whole = await inspect(profile, {});
    const start = whole.ok ? whole.jobs.find(({ kind }) => kind === 'compact-base') : undefined;
    if (start === undefined) throw new Error('no start is planned');
    const small = { ...profile, kind: 'webgpu', limits: { maxBufferSize: 1024 } } as const;
    return inspect(small, { job: start.id });
  };
  expect(await startOf('{ source: sequences, epochs: 1 }')).toMatchObject({
    ...{ ok: false, faults: [{ place: 'model' }] },
  });
  expect(await startOf('{ source: none }')).toMatchObject({ ok: true, lacksMemory: true });
});

describe('faults that only the data bring to light', () => {
  it('name the line of the key', async () => {
    const line = tinyWith({ 'codes: 16': 'codes: 7' })
      .split('\n')
      .findIndex((text) => text.startsWith('ids:'));
    const place = `ids.codes (line ${String(line + 1)}:19)`;
    expect(await faultsOf({ 'codes: 16': 'codes: 7', 'beam: 20, ': '' })).toEqual([place, place]);
  });

  it('name only the key where the document leaves it to its default', async () => {
    const ids = 'ids: { levels: 2, codes: 16, features: both, dimensions: 8 }\n';
    const places = await faultsOf({ [ids]: '' });
    expect(places.length).toBeGreaterThan(0);
    expect(new Set(places)).toEqual(new Set(['ids.codes']));
  });

  it('name the stage that trains on nothing', async () => {
    const places = await faultsOf({
      'end: 2024-07-01': 'end: 2024-04-02',
      '- { name: phase2, start: 2024-04-01': '- { name: phase2, start: 2024-04-01T12:00',
    });
    expect(places[0]).toMatch(/^contexts\.stages\[2\] \(line \d+:\d+\)$/);
  });

  it('are no faults of the document alone, and refuse the run all the same', () => {
    const { message, hint, code, faults } = wrongInput([{ place: 'data Games', message: 'empty' }]);
    expect(message).toMatch(/^The input is wrong/);
    expect(`${message} ${hint}`).toContain('data');
    expect(faults).toHaveLength(1);
    expect(isRefusal(code)).toBe(true);
    expect(isRefusal(wrongDocument([]).code)).toBe(true);
    expect(isRefusal('non-finite')).toBe(false);
  });
});
