import { DownloadStore } from '../../../src/store/download-store.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { runCases, type FaultCase } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { addressOf, Hub } from '../given/hub.ts';

const cut = (after: number) => ({ kind: 'cut', after }) as const;

export const fault = defineFault({
  id: 'N02',
  fault: 'a download that breaks off at every fifth, starts over, changes or comes out wrong',
  expected: 'continued or begun anew until the hash is right, or refused: never half a model',
  injection: 'real',
  detects: /^(resumed|network-failed|checksum-mismatch|data-invalid): /,
  hosts: {
    node: async (host, trial) => {
      const hub = await Hub.open();
      const size = hub.weights.length;
      /** What was asked for from the middle on, as a resumed download does. */
      const resumed = (): string => {
        const ranges = hub.server.ranges('model.safetensors').filter((range) => range !== null);
        return ranges.length === 0 ? '' : `resumed: ${ranges.join(', ')}`;
      };
      const healing = (name: string, prepare: () => void): FaultCase => ({
        name,
        act: async (isInjected) => {
          hub.server.requests.length = 0;
          if (isInjected) prepare();
          return (await host.toldBy(() => hub.download())) || resumed();
        },
        after: () => {
          hub.calm();
          return host.toldBy(() => hub.download());
        },
      });
      const cuts = [0.2, 0.4, 0.6, 0.8].map((share) =>
        healing(`broken off after ${String(share)}`, () => {
          hub.meets(cut(Math.floor(share * size)));
        }),
      );
      const cache = new DownloadStore(new MemoryStore());
      const lasting: FaultCase = {
        name: 'given up, and tried again later',
        sees: /^network-failed: /,
        act: (isInjected) => {
          if (isInjected)
            hub.meets(cut(7300), ...new Array<ReturnType<typeof cut>>(8).fill(cut(10)));
          return host.toldBy(() =>
            hub.download({ cache: isInjected ? cache : new DownloadStore(new MemoryStore()) }),
          );
        },
        after: async () => {
          hub.calm();
          hub.server.requests.length = 0;
          const told = await host.toldBy(() => hub.download({ cache }));
          // In the control it is the first one into this cache.
          return told || (trial.isInjected && resumed() === '' ? 'all was fetched again' : '');
        },
      };
      const changed = Buffer.from(hub.weights).fill(7, 100, 200);
      const wrong: FaultCase = {
        name: 'bytes that have another hash than the hub says',
        sees: /^(checksum-mismatch|data-invalid): /,
        act: (isInjected) => {
          const answer = hub.server.files.get('model.safetensors') ?? changed;
          const lying: typeof fetch = async (url, init) => {
            const response = await fetch(url, init);
            const isList = addressOf(url).includes('/api/models/');
            if (!isList || !isInjected) return response;
            const list = (await response.text()).replaceAll(
              /"sha256":"[0-9a-f]{8}/g,
              '"sha256":"00000000',
            );
            return new Response(list, { headers: response.headers });
          };
          if (answer.length !== size) throw new Error('the model is another one');
          return host.toldBy(() => hub.download({ fetch: lying }));
        },
        after: () => host.toldBy(() => hub.download()),
      };
      try {
        return await runCases(trial, [
          ...cuts,
          healing('starts over though a range was asked for', () => {
            hub.meets(cut(7300), { kind: 'ignore-range' });
          }),
          lasting,
          wrong,
        ]);
      } finally {
        await hub.server.stop();
      }
    },
  },
  isShort: true,
});
