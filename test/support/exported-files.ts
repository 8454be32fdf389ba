import type { LabApi } from '../../workers/lab/api.ts';
import { piecesOf, placed } from '../../workers/lab/export-pieces.ts';

/** Whole files of an exported checkpoint, by path, as a page gets them. */
export async function exportedFiles(
  lab: Pick<LabApi, 'openExport' | 'nextPiece' | 'closeExport'>,
  id: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { path, bytes, at } of placed(piecesOf(lab, id))) {
    const before = files.get(path) ?? new Uint8Array(0);
    if (before.length !== at) throw new Error(`${path} is in pieces that do not fit.`);
    const grown = new Uint8Array(at + bytes.length);
    grown.set(before);
    grown.set(bytes, at);
    files.set(path, grown);
  }
  return files;
}
