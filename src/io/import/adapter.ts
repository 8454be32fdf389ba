import { AppError } from '../../core/errors.ts';
import { readJsonSource, type ByteSource } from '../byte-source.ts';

const SETTINGS_FILE = 'adapter_config.json';
const ADAPTER_FILE = /^adapter_model\.(?:safetensors|bin)$/;
const MODEL_FILE = /^model(?:\.safetensors|-[\d-]+of-\d+\.safetensors|\.safetensors\.index\.json)$/;
const MAX_BYTES = 2 ** 20;

/** Tensors of an adapter: low-rank factors and their magnitudes. */
const FACTORS = /(?:^|[._])lora_(?:[AB]|embedding_[AB]|magnitude_vector|up|down)(?:[._]|$)/;

/**
 * Refuses a folder that holds an adapter and no model.
 * @errors checkpoint-missing naming the adapter's kind and base
 */
export async function refuseAdapterFolder(folder: ReadonlyMap<string, ByteSource>): Promise<void> {
  if ([...folder.keys()].some((name) => MODEL_FILE.test(name))) return;
  const settings = folder.get(SETTINGS_FILE);
  const weights = [...folder].find(([name]) => ADAPTER_FILE.test(name))?.[1];
  const file = settings ?? weights;
  if (file === undefined) return;
  throw isAdapter(file.path, settings === undefined ? '' : await described(settings));
}

/** The same for a list of files of which nothing is read. @errors checkpoint-missing */
export function refuseAdapterFiles(paths: readonly string[]): void {
  const nameOf = (path: string) => path.split('/').at(-1) ?? '';
  if (paths.some((path) => MODEL_FILE.test(nameOf(path)))) return;
  const file = paths.find((path) => nameOf(path) === SETTINGS_FILE);
  if (file !== undefined) throw isAdapter(file, '');
}

/** Refuses tensors that are the factors of an adapter. @errors checkpoint-missing */
export function refuseAdapterTensors(path: string, names: Iterable<string>): void {
  const all = [...names];
  const factor = all.find((name) => FACTORS.test(name));
  // A model may be saved with its adapters beside its weights: those would not be applied either.
  if (factor !== undefined) throw isAdapter(`${path}: tensor "${factor}"`, '');
}

/** `of "./base" (LORA, rank 8)`, as far as the settings say. */
async function described(settings: ByteSource): Promise<string> {
  const json = await readJsonSource(settings, MAX_BYTES);
  const { base_model_name_or_path: base, peft_type: kind, r: rank } = json;
  const facts = [
    ...(typeof kind === 'string' ? [kind] : []),
    ...(typeof rank === 'number' ? [`rank ${String(rank)}`] : []),
  ].join(', ');
  const of = typeof base === 'string' && base !== '' ? ` of "${base}"` : '';
  return `${of}${facts === '' ? '' : ` (${facts})`}`;
}

function isAdapter(place: string, what: string): AppError {
  const message = `is an adapter${what}, not a model`;
  return new AppError('checkpoint-missing', `${place} ${message}.`, {
    hint:
      'Merge it into its base model first (merge_and_unload of PEFT) and give that folder. ' +
      'Nothing was loaded.',
    faults: [{ place, message }],
  });
}
