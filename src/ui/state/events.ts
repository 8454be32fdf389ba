import type { HubReference } from '../../io/hub/open-hub-model.ts';
import type { ExecutorChoice } from '../../lab/job/events.ts';
import type { MergeEntry } from '../document/document-edit.ts';
import type { LiveLayout } from '../document/live-axes.ts';
import { problemOf, type Problem } from '../text/problem.ts';
import type { RecommendWanted } from './recommend-state.ts';
import type { CellKey } from './state.ts';

export type ResultFormat = 'csv' | 'json' | 'html' | 'users';

/** A file with its path in the folder that was chosen. */
export interface FileAtPath {
  readonly path: string;
  readonly file: File;
}

/** What a view asks the page to do. Views never call the lab themselves. */
export type Command =
  /** `fresh`: trained here, where what is shown came with the page. */
  | { readonly type: 'run'; readonly fresh?: boolean }
  | { readonly type: 'stop' }
  | { readonly type: 'edit'; readonly text: string; readonly preset: string | null }
  /** Merge and measure on the probe's users, without touching document or store. */
  | { readonly type: 'probe'; readonly entry: MergeEntry }
  /** Probe the merge along its axes: the curves that it lies on. */
  | { readonly type: 'live-curves'; readonly entry: MergeEntry; readonly layout: LiveLayout }
  | { readonly type: 'end-probes' }
  /** Ask models about one customer, with what is chosen anew; also when only the models are new. */
  | { readonly type: 'recommend'; readonly wanted: Partial<RecommendWanted> }
  | { readonly type: 'select'; readonly cell: CellKey }
  /** Opens the inspector on the model that a job makes; null closes it. */
  | { readonly type: 'inspect'; readonly id: string | null }
  | { readonly type: 'import'; readonly files: readonly File[] }
  | { readonly type: 'forget-data' }
  | { readonly type: 'open-base'; readonly files: readonly FileAtPath[] }
  | { readonly type: 'download-base'; readonly reference: HubReference }
  /** Ends reading or downloading. */
  | { readonly type: 'cancel-base' }
  | { readonly type: 'forget-base' }
  | { readonly type: 'list-downloads' }
  | { readonly type: 'forget-download'; readonly id: string }
  | { readonly type: 'export-checkpoint'; readonly id: string; readonly name: string }
  /** Deletes the checkpoints of other documents. */
  | { readonly type: 'delete-others' }
  | { readonly type: 'export-results'; readonly format: ResultFormat }
  /** '' compares with nothing. */
  | { readonly type: 'compare'; readonly reference: string }
  | { readonly type: 'choose-executor'; readonly choice: ExecutorChoice }
  | { readonly type: 'profile' }
  | { readonly type: 'export-profile'; readonly how: 'copy' | 'csv' }
  | { readonly type: 'close-profile' }
  | { readonly type: 'problem'; readonly problem: Problem }
  | { readonly type: 'dismiss' }
  | { readonly type: 'reconnect' }
  | { readonly type: 'reload' };

/** The one event by which commands travel up to `<mm-app>`. */
export class CommandEvent extends CustomEvent<Command> {
  static readonly type = 'mm-command';

  constructor(command: Command) {
    super(CommandEvent.type, { detail: command, bubbles: true, composed: true });
  }
}

export function send(target: EventTarget, command: Command): void {
  target.dispatchEvent(new CommandEvent(command));
}

/**
 * Sends the edited document; when the edit is impossible (the draft is no YAML) the page says so
 * and the draft stays as it is. Returns whether the edit was made.
 */
export function sendEdit(target: EventTarget, edit: () => string): boolean {
  try {
    send(target, { type: 'edit', text: edit(), preset: null });
    return true;
  } catch (error) {
    send(target, { type: 'problem', problem: problemOf(error) });
    return false;
  }
}
