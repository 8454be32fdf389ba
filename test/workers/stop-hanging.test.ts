import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { AppError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/lab/job/events.ts';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { LabService } from '../../workers/lab/lab-service.ts';
import type { OpenedExecutor } from '../../workers/machine/choose-machine.ts';
import { openWasm } from '../support/machine/wasm.ts';

const TINY = readFileSync('experiments/tiny.yaml', 'utf8');

function labWith(open: () => Promise<OpenedExecutor>): LabService {
  return new LabService({
    openExecutor: open,
    openStorage: () =>
      Promise.resolve({
        checkpoints: new CheckpointStore(new MemoryStore()),
        artefacts: new ArtefactStore(new MemoryStore()),
        notice: () => '',
        lock: () =>
          Promise.resolve({ signal: new AbortController().signal, release: () => undefined }),
      }),
    now: () => 0,
  });
}

/** Starts a run, and collects what it tells. */
function run(lab: LabService) {
  const { port1, port2 } = new MessageChannel();
  const events: RunEvent['type'][] = [];
  port1.onmessage = ({ data }: MessageEvent<readonly RunEvent[]>) => {
    events.push(...data.map(({ type }) => type));
  };
  return { events, outcome: lab.run(TINY, null, port2).finally(() => port1.close()) };
}

function opened(executor: Executor): OpenedExecutor {
  const { profile } = executor;
  return { executor, report: { choice: 'auto', profile, reason: '', hint: '' } };
}

it('a stop is heard while the device is opened, however long that takes', async () => {
  const open = vi.fn(() => new Promise<never>(() => undefined));
  const lab = labWith(open);
  const { outcome } = run(lab);
  await vi.waitFor(() => {
    expect(open).toHaveBeenCalledOnce();
  });
  await lab.stop();
  expect(await outcome).toMatchObject({ status: 'stopped', rows: [] });
});

it('a stop ends a device that no longer answers, and the next run has a new one', async () => {
  const asked: number[] = [];
  let isHanging = true;
  let hung = false;
  const open = vi.fn(async () => {
    const real = await openWasm();
    let end: (error: Error) => void = () => undefined;
    const stuck = new Promise<never>((_resolve, reject) => {
      end = reject;
    });
    const own: Partial<Executor> = {
      idle: () => {
        hung = isHanging;
        return isHanging ? stuck : real.idle();
      },
      read: (view) => (isHanging ? stuck : real.read(view)),
      readFloats: (view) => (isHanging ? stuck : real.readFloats(view)),
      giveUp: (afterSilentS) => {
        asked.push(afterSilentS);
        end(new AppError('aborted', 'Stopped while the GPU did not answer.'));
        return true;
      },
    };
    return opened(
      new Proxy(real, {
        get(target, key): unknown {
          if (key in own) return Reflect.get(own, key);
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      }),
    );
  });
  const lab = labWith(open);
  const { outcome } = run(lab);
  await vi.waitFor(
    () => {
      expect(hung).toBe(true);
    },
    { timeout: 30_000 },
  );
  await lab.stop();
  expect(await outcome).toMatchObject({ status: 'stopped' });
  expect(asked).toEqual([10]);
  isHanging = false;
  const next = run(lab);
  await vi.waitFor(
    () => {
      expect(next.events).toContain('job-done');
    },
    { timeout: 30_000 },
  );
  expect(open).toHaveBeenCalledTimes(2);
  await lab.stop();
  expect(await next.outcome).toMatchObject({ status: 'stopped' });
  expect(asked).toEqual([10]);
  await lab.close();
});
