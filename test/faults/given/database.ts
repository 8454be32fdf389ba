import 'fake-indexeddb/auto';

let databases = 0;

/** A name that no other database of this process has. */
export function freshName(): string {
  databases += 1;
  return `fault-${String(databases)}`;
}

/** Opens a database as another build does; with an upgrade where it has a lower version. */
export function openAt(name: string, version?: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('not opened'));
    };
  });
}

export function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => {
      resolve();
    };
    request.onerror = () => {
      reject(request.error ?? new Error('not deleted'));
    };
  });
}

/** Runs an action with a method of a prototype replaced. */
export async function withMethod<T extends object, Name extends keyof T>(
  prototype: T,
  name: Name,
  method: T[Name],
  act: () => Promise<void>,
): Promise<void> {
  const before = prototype[name];
  prototype[name] = method;
  try {
    await act();
  } finally {
    prototype[name] = before;
  }
}
