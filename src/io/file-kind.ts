import { AppError } from '../core/errors.ts';

interface KnownKind {
  readonly begins: RegExp;
  readonly what: string;
  readonly remedy: string;
}

/** What stands where a model's file is expected, by its first bytes. */
const KINDS: readonly KnownKind[] = [
  {
    begins: /^version https:\/\/git-lfs/,
    what: 'is a Git LFS pointer: the file itself has not been downloaded',
    remedy: 'Run `git lfs pull` in its folder, or download the file by itself.',
  },
  {
    begins: /^<(?:!doctype|html|\?xml)/i,
    what: 'is a web page, as servers send it in place of a file',
    remedy: 'Download the file itself; a gated model needs a login.',
  },
  {
    begins: /^PK\u0003\u0004/,
    what: 'is a zip archive or a PyTorch file, which runs code when it is read',
    remedy: 'Unpack it, or convert the weights to safetensors.',
  },
  {
    begins: /^GGUF/,
    what: 'is a GGUF file, whose weights are packed for llama.cpp',
    remedy: 'Take the safetensors files that it was made from.',
  },
  { begins: /^\u001f\u008b/, what: 'is compressed with gzip', remedy: 'Unpack it first.' },
];

/** Bytes that tell a kind. */
export const KIND_BYTES = 32;

/**
 * Refuses what is plainly something else than its name says.
 * @param beginning the first KIND_BYTES of the file, or all of a shorter one
 * @errors data-invalid naming what it is
 */
export function refuseOtherKind(path: string, beginning: Uint8Array): void {
  const text = String.fromCharCode(...beginning.subarray(0, KIND_BYTES));
  // Where a safetensors header starts, the eight bytes before it are its length, whatever they spell.
  if (text.charAt(8) === '{') return;
  const kind = KINDS.find(({ begins }) => begins.test(text));
  if (kind === undefined) return;
  throw new AppError('data-invalid', `${path} ${kind.what}.`, {
    hint: `${kind.remedy} Nothing was loaded.`,
    faults: [{ place: path, message: kind.what }],
  });
}
