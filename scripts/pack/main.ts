import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWasmExecutor } from '../../src/compute/wasm/create-wasm-executor.ts';
import { experimentFrom } from '../../src/lab/document/experiment.ts';
import { datasetOf } from '../../src/lab/experiment/experiment-dataset.ts';
import { makePack } from '../../src/lab/pack/make-pack.ts';
import { planExperiment } from '../../src/lab/plan/plan.ts';
import { runPlan } from '../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';

/** From the project's folder, where npm starts its programs. */
const DOCUMENT = 'experiments/demo.yaml';
const PACK = 'src/lab/pack/demo-pack.json';

const document = readFileSync(join(process.cwd(), DOCUMENT), 'utf8');
const experiment = experimentFrom(document);
const dataset = await datasetOf(experiment, null);
const plan = await planExperiment(experiment, dataset.digest);
const executor = await createWasmExecutor();
const memory = new MemoryStore();
const now = () => Date.now();
const store = new StoredResults(new CheckpointStore(memory), new ArtefactStore(memory), now);
const { signal } = new AbortController();
const options = { experiment, dataset, executor, store, signal, now };
await runPlan(plan, {
  ...options,
  emit: (event) => {
    if (event.type === 'job-failed') console.error(event.error.message);
  },
});
console.log(`Trained: ${processSeconds()} s of CPU time`);
const pack = await makePack({ ...options, plan, document });
const text = `${JSON.stringify(pack)}\n`;
writeFileSync(join(process.cwd(), PACK), text);
executor.destroy();
console.log(
  `${PACK}: ${Math.ceil(text.length / 1024)} KiB, ${processSeconds()} s of CPU time in all`,
);

function processSeconds(): string {
  return (process.cpuUsage().user / 1e6).toFixed(0);
}
