import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createWasmExecutor } from '../../src/compute/wasm/create-wasm-executor.ts';
import { experimentFrom } from '../../src/lab/document/experiment.ts';
import { datasetOf } from '../../src/lab/experiment/experiment-dataset.ts';
import { bakeModels } from '../../src/lab/pack/bake-models.ts';
import { makePack } from '../../src/lab/pack/make-pack.ts';
import { writeModels } from '../../src/lab/pack/pack-models.ts';
import { planExperiment } from '../../src/lab/plan/plan.ts';
import { StoredResults } from '../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';

/** From the project's folder, where npm starts its programs. */
const DOCUMENT = 'experiments/demo.yaml';
const PACK = 'src/lab/pack/demo-pack.json';
const MODELS = 'src/lab/pack/demo-models.bin';
/** What a page has to know before it loads the models. */
const INDEX = 'src/lab/pack/demo-models.json';

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
const baked = await bakeModels(plan, {
  ...options,
  emit: (event) => {
    if (event.type === 'job-failed') console.error(event.error.message);
  },
});
console.log(`Trained, rounded and measured: ${processSeconds()} s of CPU time`);
const models = await writeModels(baked);
const { engine, machine, seed, checkpoints } = baked;
const index = { engine, machine, seed, models: checkpoints.map(({ id }) => id) };
const pack = await makePack({ ...options, plan, document });
write(PACK, `${JSON.stringify(pack)}\n`);
write(INDEX, `${JSON.stringify(index)}\n`);
write(MODELS, models);
executor.destroy();
console.log(`${processSeconds()} s of CPU time in all`);

function write(path: string, content: string | Uint8Array): void {
  writeFileSync(join(process.cwd(), path), content);
  const packed = typeof content === 'string' ? gzipSync(content).length : content.length;
  console.log(`${path}: ${Math.ceil(packed / 1024)} KiB as it travels`);
}

function processSeconds(): string {
  return (process.cpuUsage().user / 1e6).toFixed(0);
}
