import { AppError } from '../../core/errors.ts';

interface DirectoryPicker {
  showDirectoryPicker?: (options: { mode: 'readwrite' }) => Promise<FileSystemDirectoryHandle>;
}

/** Where a merge is written. */
export interface ChosenOutput {
  readonly folder: FileSystemDirectoryHandle;
  /** True in the browser's own storage, from which the files have to be saved afterwards. */
  readonly isTemporary: boolean;
}

const OWN_FOLDER = 'merged-files';

/**
 * Asks for a folder; where the browser has no such question, an empty one of its own storage. Null
 * when the user thinks better of it. To be called in the click itself.
 * @errors storage-unavailable
 */
export async function chooseOutput(): Promise<ChosenOutput | null> {
  const { showDirectoryPicker } = globalThis as DirectoryPicker;
  if (showDirectoryPicker !== undefined) {
    try {
      const folder = await showDirectoryPicker.call(globalThis, { mode: 'readwrite' });
      return { folder, isTemporary: false };
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return null;
      throw unavailable(error);
    }
  }
  try {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(OWN_FOLDER, { recursive: true }).catch(() => undefined);
    return {
      folder: await root.getDirectoryHandle(OWN_FOLDER, { create: true }),
      isTemporary: true,
    };
  } catch (error) {
    throw unavailable(error);
  }
}

/** The files of a folder, largest last, as addresses that a link can save. */
export async function savedFiles(
  folder: FileSystemDirectoryHandle,
): Promise<{ name: string; sizeBytes: number; url: string }[]> {
  const files: { name: string; sizeBytes: number; url: string }[] = [];
  for await (const handle of folder.values()) {
    if (handle.kind !== 'file') continue;
    const file = await handle.getFile();
    files.push({ name: handle.name, sizeBytes: file.size, url: URL.createObjectURL(file) });
  }
  return files.sort((a, b) => a.sizeBytes - b.sizeBytes);
}

function unavailable(cause: unknown): AppError {
  return new AppError('storage-unavailable', 'No folder could be opened for writing.', {
    hint: 'Choose another folder, or merge on the command line: npm run merge.',
    cause,
  });
}
