import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { Hub } from '../given/hub.ts';

const status = (code: number, headers: Readonly<Record<string, string>> = {}) => ({
  ...({ kind: 'status', status: code, headers } as const),
});
const always = (code: number) => new Array<ReturnType<typeof status>>(9).fill(status(code));

export const fault = defineFault({
  id: 'N01',
  fault: 'the hub is away, refuses, is broken or answers with a page',
  expected:
    'an error by what it is; what may pass is tried again, and waits as long as it is asked to',
  injection: 'seam',
  detects: /^(network-failed|access-denied|not-found|rate-limited|data-invalid): /,
  hosts: {
    node: async (host, trial) => {
      const hub = await Hub.open();
      const offline = () => Promise.reject(new TypeError('fetch failed'));
      const cases: Readonly<
        Record<string, readonly [RegExp, () => Parameters<Hub['download']>[0]]>
      > = {
        offline: [/^network-failed: .+ did not answer/, () => ({ fetch: offline })],
        'no such host': [/^network-failed: /, () => ({ endpoint: 'http://no-such-host.invalid' })],
        'asks for a token': [
          /^access-denied: /,
          () => {
            hub.server.needsToken = 'secret';
            return {};
          },
        ],
        'no such model': [/^not-found: /, () => (hub.listMeets(status(404)), {})],
        'always too many requests': [/^rate-limited: /, () => (hub.listMeets(...always(429)), {})],
        'asks to wait an hour': [
          /^rate-limited: .+ 3600 s/,
          () => (hub.listMeets(status(429, { 'retry-after': '3600' })), {}),
        ],
        'always broken': [/^network-failed: /, () => (hub.meets(...always(500)), {})],
        'a page in place of a list': [
          /^(data-invalid|network-failed): /,
          () => {
            hub.server.listing = '<!doctype html><title>log in</title>';
            return {};
          },
        ],
        'a list nested deeply': [
          /^(data-invalid|network-failed): /,
          () => {
            hub.server.listing = '['.repeat(100_000);
            return {};
          },
        ],
      };
      try {
        const outcome = await runCases(
          trial,
          Object.entries(cases).map(([name, [sees, prepare]]) => ({
            name,
            sees,
            act: (isInjected: boolean) =>
              host.toldBy(() => hub.download(isInjected ? prepare() : {})),
            after: () => {
              hub.calm();
              return host.toldBy(() => hub.download());
            },
          })),
        );
        // What may pass is waited for: twice as long each time.
        const isPatient =
          !trial.isInjected || [1000, 2000, 4000].every((ms) => hub.waits.includes(ms));
        return isPatient
          ? outcome
          : { ...outcome, wrong: [...outcome.wrong, 'nothing was waited for'] };
      } finally {
        await hub.server.stop();
      }
    },
  },
  isShort: true,
});
