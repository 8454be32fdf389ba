import { describe, expect, it } from 'vitest';
import { durationText, Progress } from '../../scripts/headless/progress.ts';
import type { JobSummary, RunEvent } from '../../src/lab/job/events.ts';

const job = (id: string, title: string): JobSummary => ({
  id,
  kind: 'train',
  title,
  inputs: [],
  cell: null,
  seed: 1,
  model: { role: 'cell' },
});
const jobs = [job('a', 'train Games p1'), job('b', 'train Games p2')];

function progressOn(isTerminal: boolean) {
  const screen = { text: '', now: 0 };
  const progress = new Progress({
    write: (text) => (screen.text += text),
    isTerminal,
    columns: () => 100,
    now: () => screen.now,
  });
  progress.plan(jobs);
  return { progress, screen };
}

const at = (done: number, rate = 10): RunEvent => ({
  type: 'job-progress',
  jobId: 'a',
  done,
  total: 100,
  unit: 'steps',
  rate,
});

describe('Progress', () => {
  it('draws a bar with rate, remaining time and loss, at most four times a second', () => {
    const { progress, screen } = progressOn(true);
    progress.add({ type: 'job-started', jobId: 'a' });
    progress.add({ type: 'loss', jobId: 'a', steps: [50], losses: [3.14159], gradNorms: [1] });
    progress.add(at(50));
    expect(screen.text).toBe(
      `\r\u001b[K[0/2] train Games p1  ${'█'.repeat(12)}${'░'.repeat(12)}  50/100 steps, 10.0/s, 5.0 s left, loss 3.142`,
    );
    const before = screen.text;
    screen.now = 200;
    progress.add(at(60));
    expect(screen.text).toBe(before);
    screen.now = 300;
    progress.add(at(70));
    expect(screen.text).toContain('70/100');
  });

  it('shows what the newest epoch of a click model measured, of that model alone', () => {
    const { progress, screen } = progressOn(false);
    const metrics = { gauc: null, gaucLeftOut: 2, gaucUsers: 0, logLoss: 1, impressions: 9 };
    const of = (auc: number | null) => ({ ...metrics, auc, positives: 4 });
    const curve = { seed: 1, domain: 'Games', stage: 'FT', strategy: 'FT' };
    const parameters = { sparse: 1, dense: 1, frozen: 0 };
    progress.add({
      type: 'epochs',
      jobId: 'a',
      curve: { ...curve, parameters },
      from: 3,
      epochs: [{ epoch: 3, train: of(0.8214), test: of(null) }],
    });
    progress.add(at(50));
    expect(screen.text).toContain(
      '50/100 steps, 10.0/s, 5.0 s left, epoch 3: AUC 82.1 in training, – in test',
    );
    screen.now = 20_000;
    progress.add({ ...at(60), jobId: 'b' } as RunEvent);
    expect(screen.text.split('\n').at(-2)).not.toContain('epoch');
  });

  it('never draws past the edge of the terminal', () => {
    const { progress, screen } = progressOn(true);
    progress.plan([job('a', 'x'.repeat(300))]);
    progress.add(at(50));
    expect(screen.text.replace('\r\u001b[K', '')).toHaveLength(99);
  });

  it('writes plain lines without control characters where there is no terminal', () => {
    const { progress, screen } = progressOn(false);
    progress.add({ type: 'job-started', jobId: 'a' });
    screen.now = 5000;
    progress.add(at(10));
    expect(screen.text).toBe('');
    screen.now = 10_000;
    progress.add(at(20));
    progress.add({ type: 'job-done', jobId: 'a', cached: false, seconds: 75 });
    progress.add({ type: 'job-done', jobId: 'b', cached: true, seconds: 0 });
    expect(screen.text.split('\n')).toEqual([
      '[0/2] train Games p1: 20/100 steps, 10.0/s, 8.0 s left',
      '[1/2] ✓ train Games p1  1 min 15 s',
      '[2/2] ✓ train Games p2  from the store',
      '',
    ]);
    expect(progress.finishedCount).toBe(2);
  });

  it('names the failed job and its message', () => {
    const { progress, screen } = progressOn(false);
    const error = { code: 'non-finite', message: 'The loss is not a number.', hint: '' };
    progress.add({ type: 'job-failed', jobId: 'b', error });
    expect(screen.text).toBe('[0/2] ✗ train Games p2: The loss is not a number.\n');
  });

  it('prints a note once, whether the inspection or the run found it', () => {
    const { progress, screen } = progressOn(false);
    progress.notes(['a.csv: 2 rows.', 'Games: 2 items moved.']);
    for (const text of ['Games: 2 items moved.', 'Warning: new', 'Warning: new']) {
      progress.add({ type: 'note', text });
    }
    expect(screen.text).toBe('  a.csv: 2 rows.\n  Games: 2 items moved.\n  Warning: new\n');
  });

  it('promises no time when nothing moves', () => {
    const { progress, screen } = progressOn(true);
    progress.add(at(1, 0));
    expect(screen.text).toContain('0.0/s');
    expect(screen.text).not.toContain('left');
  });
});

describe('durationText', () => {
  it.each([
    [0, '0.0 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [7620, '2 h 07 min'],
  ])('%d s is %s', (seconds, text) => {
    expect(durationText(seconds)).toBe(text);
  });
});
