import type { ExportedFile, LabApi } from './api.ts';

/** A checkpoint's files from the lab's worker: a piece at a time is in memory here. */
export async function* piecesOf(
  lab: Pick<LabApi, 'openExport' | 'nextPiece' | 'closeExport'>,
  id: string,
): AsyncGenerator<ExportedFile> {
  const handle = await lab.openExport(id);
  try {
    for (;;) {
      const piece = await lab.nextPiece(handle);
      if (piece === null) return;
      yield piece;
    }
  } finally {
    await lab.closeExport(handle);
  }
}

/** A piece with its place in its file. */
export interface PlacedPiece extends ExportedFile {
  /** Bytes of the file before it. */
  readonly at: number;
  readonly isLast: boolean;
}

/** Tells of each piece where it belongs: neighbours under one name are one file. */
export async function* placed(
  pieces: Iterable<ExportedFile> | AsyncIterable<ExportedFile>,
): AsyncGenerator<PlacedPiece> {
  let held: ExportedFile | null = null;
  let at = 0;
  for await (const piece of pieces) {
    if (held !== null) {
      const isLast = held.path !== piece.path;
      yield { ...held, at, isLast };
      at = isLast ? 0 : at + held.bytes.length;
    }
    held = piece;
  }
  if (held !== null) yield { ...held, at, isLast: true };
}
