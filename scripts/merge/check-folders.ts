import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, toAppError } from '../../src/core/errors.ts';
import type { ByteSource } from '../../src/io/byte-source.ts';
import { CONFIG_FILE } from '../../src/io/import/model-folder.ts';
import { checkFolder } from '../../src/merge/check/check-folder.ts';
import { checkCheckpoint } from '../../src/rec/checkpoints/import-checkpoint.ts';
import { EXIT } from '../headless/exit-codes.ts';

/** Where the lines of a check go: what is right, and what is wrong. */
export interface CheckLog {
  readonly say: (line: string) => void;
  readonly complain: (line: string) => void;
}

/**
 * Checks models' folders against themselves, without a browser: only headers and settings are read.
 * @returns the exit code
 */
export async function checkFolders(folders: readonly string[], log: CheckLog): Promise<number> {
  let code: number = EXIT.done;
  const models = await Promise.all(folders.map(modelsIn));
  for (const folder of models.flat()) {
    const files = await filesOf(folder);
    const { tensors, tokens, rows, sizeBytes, hasConfig, faults } = await checkFolder(files);
    for (const { place, message } of faults) log.complain(`${folder}: ${place}: ${message}`);
    if (faults.length > 0) {
      code = EXIT.inputWrong;
      continue;
    }
    const size = `${(sizeBytes / 10 ** 6).toFixed(2)} MB`;
    const words = tokens === null ? 'no tokenizer.json' : `${String(tokens)} tokens`;
    const table = rows === null ? '' : `, ${String(rows)} rows`;
    const verdict = hasConfig ? 'all agree' : 'no config.json: there is little to compare';
    log.say(`${folder}: ${String(tensors)} tensors, ${size}${table}, ${words}: ${verdict}`);
    log.say(`  ${await asBase(files)}`);
  }
  return code;
}

/** Whether experiments can start from the model, which not every sound model is made for. */
async function asBase(files: readonly ByteSource[]): Promise<string> {
  try {
    await checkCheckpoint(files);
    return 'Experiments can start from it (base: { source: import }).';
  } catch (error) {
    const { message, faults } = toAppError(error);
    const [first] = faults;
    const why = first === undefined ? message : `${first.place}: ${first.message}`;
    return `Experiments cannot start from it: ${why}`;
  }
}

/** The folder, or, where it holds no model itself, the models in it: two encoders, all checkpoints. */
async function modelsIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const isModel = entries.some(({ name }) => /\.safetensors$|^config\.json$/.test(name));
  const inner = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found = await Promise.all(
    (isModel ? [] : inner.sort()).map(async (name) => {
      const path = join(folder, name);
      const names = await readdir(path);
      return names.includes(CONFIG_FILE) ? [path] : [];
    }),
  );
  const models = found.flat();
  return models.length > 0 ? models : [folder];
}

/** The files of a folder; a link that leads nowhere is none. */
async function filesOf(folder: string): Promise<readonly ByteSource[]> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  const sources = await Promise.all(
    names.map(async (name): Promise<ByteSource[]> => {
      const path = join(folder, name);
      const facts = await stat(path).catch(() => null);
      return facts?.isFile() === true ? [fileSource(path, name, facts.size)] : [];
    }),
  );
  return sources.flat();
}

function fileSource(path: string, name: string, size: number): ByteSource {
  return {
    path: name,
    size,
    async read(start, end) {
      const file = await open(path);
      try {
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        if (bytesRead === bytes.length) return bytes;
      } finally {
        await file.close();
      }
      throw new AppError('data-missing', `${name} is shorter than it was.`, {
        hint: 'It may have been changed meanwhile: check again.',
      });
    },
  };
}
