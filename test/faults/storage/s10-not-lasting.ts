import { askToPersist } from '../../../src/ui/session/persistence.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';

/** The page's small storage, which Node has not. */
async function withLocalStorage<T>(act: () => Promise<T>): Promise<T> {
  const values = new Map<string, string>();
  const before = Reflect.getOwnPropertyDescriptor(globalThis, 'localStorage');
  Reflect.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    value: {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
    },
  });
  try {
    return await act();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'localStorage');
    else Reflect.defineProperty(globalThis, 'localStorage', before);
  }
}

export const fault = defineFault({
  id: 'S10',
  fault: 'the browser does not grant lasting storage, or cannot be asked for it',
  expected: 'one warning with what to do, and no second one',
  injection: 'seam',
  detects:
    /^notice: Warning: the browser may delete stored results .+ Export what you want to keep\./,
  hosts: {
    node: (_, trial) => {
      const persisted = () => Promise.resolve(false);
      const granted = { persisted, persist: () => Promise.resolve(true) };
      const failing = () => Promise.reject(new Error('not here'));
      return runCases(
        trial,
        Object.entries({
          denied: { persisted, persist: () => Promise.resolve(false) },
          'fails when asked': { persisted, persist: failing },
          'cannot be asked': { persisted: failing, persist: failing },
        }).map(([name, keeper]) => ({
          name,
          act: (isInjected: boolean) =>
            withLocalStorage(async () => {
              const asked = isInjected ? keeper : granted;
              const text = await askToPersist(asked);
              const again = await askToPersist(asked);
              if (again !== '') throw new Error(`told again: ${again}`);
              return text === '' ? '' : `notice: ${text}`;
            }),
        })),
      );
    },
  },
  isShort: true,
});
