import { saveFile } from '../../charts/save-file.ts';
import { profileFile, profileText } from '../../lab/run/profile-rows.ts';
import { storeChoice } from '../browser/executor-choice.ts';
import { storeDraft } from '../browser/draft.ts';
import { saveResults } from '../session/downloads.ts';
import type { Session } from '../session/session.ts';
import { zip } from '../session/zip.ts';
import type { Command } from '../state/events.ts';
import type { Store } from '../state/store.ts';

/** What a command reaches. */
export interface Desk {
  readonly store: Store;
  readonly session: Session;
  /** When the last run began and ended, ISO 8601. */
  readonly times: { readonly startedAt: string; readonly finishedAt: string };
  /** Opens the engine again. */
  reopen(): Promise<void>;
}

type Act<T extends Command['type']> = (desk: Desk, command: Extract<Command, { type: T }>) => void;

/** What each command of the views does; whatever fails is shown by the session. */
const ACTS: { readonly [T in Command['type']]: Act<T> } = {
  run: ({ session }, { fresh }) => void session.run(fresh),
  stop: ({ session }) => void session.stop(),
  edit: ({ session }, command) => {
    session.edit(command.text, command.preset);
    storeDraft(command);
  },
  probe: ({ session }, { entry }) => void session.live.probe(entry),
  'live-curves': ({ session }, { entry, layout }) => void session.live.curves(entry, layout),
  'end-probes': ({ session }) => void session.guarded(() => session.live.end()),
  recommend: ({ session }, { wanted }) => void session.recommend.want(wanted),
  select: ({ store }, { cell }) => {
    store.dispatch({ type: 'ui-select', cell });
  },
  inspect: ({ store }, { id }) => {
    store.dispatch({ type: 'ui-inspect', id });
  },
  import: ({ session }, { files }) => void session.importFiles(files),
  'forget-data': ({ session }) => void session.forgetData(),
  'open-base': ({ session }, { files }) => void session.base.openFiles(files),
  'download-base': ({ session }, { reference }) => void session.base.download(reference),
  'cancel-base': ({ session }) => void session.guarded(() => session.base.cancel()),
  'forget-base': ({ session }) => void session.guarded(() => session.base.close()),
  'list-downloads': ({ session }) => void session.guarded(() => session.base.list()),
  'forget-download': ({ session }, { id }) => void session.guarded(() => session.base.forget(id)),
  'export-checkpoint': ({ session }, { id, name }) =>
    void session.guarded(async () => {
      const archive = await zip(session.exportPieces(id));
      saveFile(`${name}.zip`, archive, 'application/zip');
    }),
  'delete-others': ({ session }) => void session.deleteOthers(),
  'export-results': ({ store, session, times }, { format }) =>
    void session.guarded(() => {
      saveResults(store.state, format, times);
      return Promise.resolve();
    }),
  compare: ({ store }, { reference }) => {
    store.dispatch({ type: 'ui-compare', reference });
  },
  problem: ({ store }, { problem }) => {
    store.dispatch({ type: 'ui-problem', problem });
  },
  dismiss: ({ store }) => {
    store.dispatch({ type: 'ui-problem', problem: null });
  },
  reconnect: (desk) => void desk.reopen(),
  reload: () => {
    location.reload();
  },
  'choose-executor': ({ store, session }, { choice }) => {
    storeChoice(choice);
    if (store.state.session.status === 'ready') void session.choose(choice);
    else void session.open(choice);
  },
  profile: ({ session }) => void session.profile(),
  'export-profile': ({ store, session }, { how }) =>
    void session.guarded(async () => {
      const { profile } = store.state;
      if (profile === null || profile === 'running') return;
      if (how === 'csv') saveFile('profile.csv', profileFile(profile), 'text/csv');
      else {
        await navigator.clipboard.writeText(profileText(profile));
        store.dispatch({ type: 'ui-announce', text: 'Profile copied.' });
      }
    }),
  'close-profile': ({ store }) => {
    store.dispatch({ type: 'ui-profile', profile: null });
  },
};

export function carryOut<T extends Command['type']>(
  desk: Desk,
  command: Extract<Command, { type: T }>,
): void {
  const act = ACTS[command.type] as Act<T>;
  act(desk, command);
}
