import { describe, expect, it } from 'vitest';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import type { Claims, RunLimits } from '../../../src/lab/run/claims.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const experiment = tinyExperiment({});
const dataset = await datasetOf(experiment, null);
const plan = await planExperiment(experiment, dataset.digest);

/** A store that several runs share, and what each of them does to it. */
function shared() {
  const checkpoints = new CheckpointStore(new MemoryStore());
  const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
  const run = async (claims?: Claims, limits?: RunLimits) => {
    const executor = await openWasm();
    const order: string[] = [];
    const made: string[] = [];
    const { rows, status } = await runPlan(plan, {
      ...{ experiment, dataset, executor, store, now: () => 0 },
      signal: new AbortController().signal,
      emit: (event) => {
        if (event.type !== 'job-done') return;
        order.push(event.jobId);
        if (!event.cached) made.push(event.jobId);
      },
      ...(claims !== undefined && { claims }),
      ...(limits !== undefined && { limits }),
    });
    executor.destroy();
    return { rows, status, order, made };
  };
  return { store, run };
}

/** Claims of processes that are one. */
function claimsOfAll(): { claims: Claims; held: Set<string>; waits: string[][] } {
  const held = new Set<string>();
  const waits: string[][] = [];
  const claims: Claims = {
    claim(id) {
      if (held.has(id)) return null;
      held.add(id);
      return { release: () => held.delete(id) };
    },
    async wait(ids) {
      waits.push([...ids]);
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
  };
  return { claims, held, waits };
}

describe('a plan that several runs share', () => {
  it('is made once by two, with the rows of one in the order of the plan', async () => {
    const alone = await shared().run();
    expect(alone.order).toEqual(plan.jobs.map(({ id }) => id));
    const { run } = shared();
    const { claims, held } = claimsOfAll();
    const both = await Promise.all([run(claims), run(claims)]);
    const made = both.flatMap((each) => each.made);
    expect(made.sort()).toEqual(plan.jobs.map(({ id }) => id).sort());
    for (const { rows, status } of both) {
      expect(status).toBe('done');
      expect(rows).toEqual(alone.rows);
    }
    expect(held.size).toBe(0);
  });

  it('goes on with what is ready while another makes the first job, and waits at the end', async () => {
    const { run } = shared();
    const { claims, held, waits } = claimsOfAll();
    const first = plan.jobs[0]?.id ?? '';
    held.add(first);
    // The other dies without a result as soon as it is waited for.
    const dying: Claims = {
      claim: (id) => claims.claim(id),
      wait: async (ids, titleOf) => {
        await claims.wait(ids, titleOf);
        held.delete(first);
      },
    };
    const { order, made, rows } = await run(dying);
    expect(waits).toHaveLength(1);
    // Everything that waits depends on the job that nobody had finished, itself included.
    expect(waits[0]).toContain(first);
    expect(order[0]).not.toBe(first);
    expect(order.indexOf(first)).toBe(plan.jobs.length - (waits[0]?.length ?? 0));
    expect(made).toHaveLength(plan.jobs.length);
    expect(rows).toEqual((await shared().run()).rows);
  });

  it('reads what is finished though another holds it, without waiting', async () => {
    const { run } = shared();
    const whole = await run();
    const { claims, held, waits } = claimsOfAll();
    const all = plan.jobs.map(({ id }) => id);
    all.forEach((id) => held.add(id));
    const read = await run(claims);
    expect(read).toMatchObject({ status: 'done', made: [], rows: whole.rows });
    expect(read.order).toEqual(all);
    expect(waits).toEqual([]);
    // Nobody's claim was let go.
    expect([...held]).toEqual(all);
  });

  it('lets a claim go when a job fails', async () => {
    const { claims, held } = claimsOfAll();
    const { run } = shared();
    await expect(run(claims, { mayCompute: false })).rejects.toMatchObject({
      code: 'data-missing',
      message: `The store has no result of "${plan.jobs[0]?.title}".`,
    });
    expect(held.size).toBe(0);
  });

  it('is limited to one job, whose inputs others have made', async () => {
    const { run, store } = shared();
    const job = plan.jobs.find(({ kind }) => kind === 'base')?.id ?? '';
    await expect(run(undefined, { job })).rejects.toMatchObject({ code: 'checkpoint-missing' });
    expect(await store.finishedOf(plan.jobs.map(({ id }) => id))).toEqual([]);
    await run();
    expect(await run(undefined, { job })).toMatchObject({ order: [job], made: [] });
    const collected = await run(undefined, { mayCompute: false });
    expect(collected.made).toEqual([]);
    expect(collected.order).toHaveLength(plan.jobs.length);
  });
});
