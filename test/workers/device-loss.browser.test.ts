import { describe, expect, it } from 'vitest';
import tiny from '../../experiments/tiny.yaml?raw';
import { createWebGpuExecutor } from '../../src/compute/webgpu/create-webgpu-executor.ts';
import type { WebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import type { RunEvent } from '../../src/lab/job/events.ts';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { LabService } from '../../workers/lab/lab-service.ts';
import { sharedGpu } from '../support/machine/shared-device.ts';

/** A lab whose devices are lost when the base model has reported its first loss. */
function losing(devices: number) {
  const opened: WebGpuExecutor[] = [];
  const lab = new LabService({
    openExecutor: async (choice) => {
      // What is lost has to be a device of its own; the one that stays may know the shaders already.
      const isLost = opened.length < devices;
      const executor = isLost
        ? ((await createWebGpuExecutor()) as WebGpuExecutor)
        : await sharedGpu();
      opened.push(executor);
      return { executor, report: { choice, profile: executor.profile, reason: '', hint: '' } };
    },
    openStorage: () =>
      Promise.resolve({
        checkpoints: new CheckpointStore(new MemoryStore()),
        artefacts: new ArtefactStore(new MemoryStore()),
        notice: () => '',
        lock: () =>
          Promise.resolve({ signal: new AbortController().signal, release: () => undefined }),
      }),
    now: () => Date.now(),
  });
  const events: RunEvent[] = [];
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<readonly RunEvent[]>) => {
    events.push(...data);
    const isTraining = data.some(({ type }) => type === 'job-progress' || type === 'loss');
    if (isTraining && opened.length <= devices) opened.at(-1)?.device.destroy();
  };
  return { lab, opened, events, port: port2 };
}

describe('a lost device', () => {
  it('is replaced, and the run goes on from its finished jobs', async () => {
    const { lab, opened, events, port } = losing(1);
    const outcome = await lab.run(tiny, null, port);
    expect(outcome.status).toBe('done');
    expect(outcome.rows.length).toBe((22 + 6) * 9);
    expect(opened).toHaveLength(2);
    const at = events.findIndex(({ type }) => type === 'restarted');
    expect(events[at]).toMatchObject({ reason: expect.stringMatching(/was lost/) as string });
    const doneBefore = events.slice(0, at).flatMap((e) => (e.type === 'job-done' ? e.jobId : []));
    const cachedAfter = events
      .slice(at)
      .flatMap((e) => (e.type === 'job-done' && e.cached ? e.jobId : []));
    expect(doneBefore.length).toBeGreaterThan(0);
    expect(cachedAfter).toEqual(doneBefore);
    await lab.close();
  });
});
