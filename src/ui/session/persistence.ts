const KEY = 'mmgrid-asked-to-persist';

/** What of `navigator.storage` is needed; browsers without https have none. */
type Keeper = Pick<StorageManager, 'persist' | 'persisted'>;

export const MAY_BE_CLEARED =
  'Warning: the browser may delete stored results when the disk runs short, since it did not grant ' +
  'this page lasting storage. Export what you want to keep.';

/**
 * Asks the browser to keep what this page stores, once: some ask the user then, who has something
 * to lose only after a first result. Gives what the user should know, or ''.
 */
export async function askToPersist(keeper: Keeper | undefined): Promise<string> {
  if (keeper === undefined || wasAsked()) return '';
  // Before anything is asked: a browser that fails at it would be told of again at every result.
  rememberAsking();
  try {
    if (await keeper.persisted()) return '';
    return (await keeper.persist()) ? '' : MAY_BE_CLEARED;
  } catch {
    // A browser that cannot even be asked promises nothing.
    return MAY_BE_CLEARED;
  }
}

function wasAsked(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

function rememberAsking(): void {
  try {
    localStorage.setItem(KEY, new Date().toISOString());
  } catch {
    // Where this cannot be kept, the next visit asks once more.
  }
}
