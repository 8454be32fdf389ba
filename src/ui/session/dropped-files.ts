import type { FileAtPath } from '../state/events.ts';

/** Files of a picker; those of a folder have their path in it. */
export function pickedFiles(files: FileList | null): FileAtPath[] {
  return [...(files ?? [])].map((file) => ({
    path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath,
    file,
  }));
}

/**
 * What was dropped, files and folders with what is in them. To be called in the event itself:
 * afterwards the browser has forgotten the items.
 */
export async function droppedFiles(data: DataTransfer | null): Promise<FileAtPath[]> {
  const entries = [...(data?.items ?? [])].map((item) => item.webkitGetAsEntry());
  const files = await Promise.all(
    entries.flatMap((entry) => (entry === null ? [] : [filesBelow(entry)])),
  );
  return files.flat();
}

async function filesBelow(entry: FileSystemEntry): Promise<FileAtPath[]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => {
      entry.file(resolve, reject);
    });
    return [{ path: entry.fullPath.replace(/^\//, ''), file }];
  }
  if (!isFolder(entry)) return [];
  const reader = entry.createReader();
  const found: FileAtPath[] = [];
  for (;;) {
    // A folder comes in parts; an empty one is the end.
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (part.length === 0) return found;
    for (const child of part) found.push(...(await filesBelow(child)));
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
