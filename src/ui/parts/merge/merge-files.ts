import { proxy } from 'comlink';
import { LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import type {
  GivenModel,
  MergeOutlook,
  MethodEntry,
} from '../../../../workers/merge-files/merge-files-api.ts';
import {
  startMergeFiles,
  type MergeFilesSession,
} from '../../../../workers/merge-files/start-merge-files.ts';
import { define } from '../../../charts/define.ts';
import { droppedFiles, pickedFiles } from '../../session/dropped-files.ts';
import type { FileAtPath } from '../../state/events.ts';
import { formatBytes } from '../../text/format.ts';
import { dropStyles } from '../../style/drop-styles.ts';
import { modelsOf, recipeFor, withModels } from '../../session/merge-files-models.ts';
import { chooseOutput, savedFiles } from '../../session/merge-files-output.ts';
import { problemOf } from '../../text/problem.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import type { Problem } from '../../text/problem.ts';
import { dropZone } from '../drop-zone.ts';
import { valueOf } from '../form-fields.ts';
import { memoryField, memoryOptions } from './memory-field.ts';
import {
  mergeVerdict,
  modelTable,
  progressRow,
  writtenFiles,
  type Progress,
  type SavedFiles,
} from './merge-files-lists.ts';
import { mergeFilesStyles } from './merge-files-styles.ts';

const CHECK_AFTER_MS = 400;

/**
 * Merges checkpoints of any architecture from files to files, by a recipe. Independent of the
 * experiment: it has a worker and an executor of its own, started with the first file.
 */
export class MmMergeFiles extends LitElement {
  static override readonly properties = {
    models: { state: true },
    methods: { state: true },
    recipe: { state: true },
    memory: { state: true },
    problem: { state: true },
    outlook: { state: true },
    progress: { state: true },
    done: { state: true },
    saved: { state: true },
    over: { state: true },
  };
  static override readonly styles = [sharedStyles, dropStyles, mergeFilesStyles];

  declare private models: readonly GivenModel[];
  declare private methods: readonly MethodEntry[];
  declare private recipe: string;
  /** As it was typed, in MB. */
  declare private memory: string;
  declare private problem: Problem | null;
  declare private outlook: MergeOutlook | null;
  declare private progress: Progress | null;
  declare private done: string;
  declare private saved: SavedFiles;
  declare private over: boolean;
  private session: MergeFilesSession | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts checks: only the answer to the last one is shown. */
  private asked = 0;

  constructor() {
    super();
    this.models = [];
    this.methods = [];
    this.recipe = '';
    this.memory = '';
    this.problem = null;
    this.outlook = null;
    this.progress = null;
    this.done = '';
    this.saved = [];
    this.over = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    // A merge that runs goes on only as long as its view is there to stop it.
    this.session?.close();
    this.session = null;
    this.forgetSaved();
  }

  protected override render(): TemplateResult {
    return html`<div class="form">
      <p class="muted">
        Two or more checkpoints of one architecture, as folders or safetensors files: F32, F16 or
        BF16, whole or in shards. They are read and merged tensor by tensor; nothing leaves this
        computer. The result is a folder of the same layout, with its recipe beside it.
      </p>
      ${this.dropPlace()} ${this.models.length === 0 ? nothing : this.modelList()}
      ${this.models.length === 0 ? nothing : this.recipeForm()}
    </div>`;
  }

  private dropPlace(): TemplateResult {
    return dropZone(
      {
        over: this.over,
        hover: (over) => {
          this.over = over;
        },
        take: (data) => {
          void this.attempt(async () => this.add(await droppedFiles(data)));
        },
      },
      html`<p>Drop folders of checkpoints here, or choose them</p>
        <div class="row">
          ${this.picker('Add a folder', true)} ${this.picker('Add files', false)}
        </div>`,
    );
  }

  private picker(title: string, isFolder: boolean): TemplateResult {
    return html`<label class="button"
      >${title}
      <input
        class="visually-hidden"
        type="file"
        multiple
        ?webkitdirectory=${isFolder}
        ?disabled=${this.progress !== null}
        @change=${(event: Event) => {
          const { target } = event;
          if (!(target instanceof HTMLInputElement)) return;
          const files = pickedFiles(target.files);
          target.value = '';
          void this.attempt(() => this.add(files));
        }}
    /></label>`;
  }

  private modelList(): TemplateResult {
    return modelTable(this.models, this.progress !== null, (reference) => {
      this.models = this.models.filter((model) => model.reference !== reference);
      this.checkSoon();
    });
  }

  private recipeForm(): TemplateResult {
    const id = /^merge_method:\s*(\S+)/m.exec(this.recipe)?.[1];
    const method = this.methods.find((one) => one.id === id);
    const running = this.progress;
    return html`<div class="field">
        <label for="files-method">Method</label>
        <select
          id="files-method"
          ?disabled=${running !== null}
          @change=${(event: Event) => {
            this.startRecipe(valueOf(event));
          }}
        >
          ${this.methods.map(
            (one) =>
              html`<option value=${one.id} ?selected=${one === method}>${one.title}</option>`,
          )}
          ${method === undefined ? html`<option selected disabled value="">–</option>` : nothing}
        </select>
        ${method === undefined ? nothing : html`<p class="muted small">${method.summary}</p>`}
      </div>
      <div class="field">
        <label for="files-recipe">Recipe (mergekit's YAML)</label>
        <textarea
          id="files-recipe"
          spellcheck="false"
          ?disabled=${running !== null}
          .value=${this.recipe}
          @input=${(event: Event) => {
            this.recipe = valueOf(event);
            this.checkSoon();
          }}
        ></textarea>
      </div>
      ${memoryField(this.memory, running !== null, (text) => {
        this.memory = text;
      })}
      <div aria-live="polite">${mergeVerdict(this.problem, this.outlook)}</div>
      ${
        running === null
          ? this.startButton()
          : progressRow(running, () => {
              void this.session?.files.stop();
            })
      }
      ${writtenFiles(this.done, this.saved)}`;
  }

  private startButton(): TemplateResult {
    const options = memoryOptions(this.memory);
    const isReady = this.outlook !== null && options !== null;
    const start = () => this.attempt(() => this.merge());
    return html`<div class="row">
      <button class="primary" ?disabled=${!isReady} @click=${start}>Merge into a folder …</button>
    </div>`;
  }

  /** Takes files in; the first ones bring a recipe to start from. */
  async add(files: readonly FileAtPath[]): Promise<void> {
    const found = modelsOf(files);
    const isOurs =
      this.recipe === '' ||
      this.methods.some((one) => recipeFor(one, this.references()) === this.recipe);
    this.models = withModels(this.models, found);
    await this.worker();
    const id = /^merge_method:\s*(\S+)/m.exec(this.recipe)?.[1] ?? this.methods[0]?.id ?? '';
    if (isOurs) this.startRecipe(id);
    else this.checkSoon();
  }

  private references(): string[] {
    return this.models.map(({ reference }) => reference);
  }

  private startRecipe(id: string): void {
    const method = this.methods.find((one) => one.id === id);
    if (method === undefined) return;
    this.recipe = recipeFor(method, this.references());
    this.checkSoon();
  }

  private async worker(): Promise<MergeFilesSession> {
    const session = (this.session ??= startMergeFiles());
    if (this.methods.length === 0) this.methods = await session.files.methods();
    return session;
  }

  private checkSoon(): void {
    clearTimeout(this.timer);
    this.outlook = null;
    this.done = '';
    this.forgetSaved();
    this.timer = setTimeout(() => {
      void this.check();
    }, CHECK_AFTER_MS);
  }

  private async check(): Promise<void> {
    const ask = ++this.asked;
    await this.attempt(async () => {
      const { files } = await this.worker();
      const outlook = await files.check(this.recipe, this.models);
      if (ask === this.asked) this.outlook = outlook;
    });
  }

  private async merge(): Promise<void> {
    const options = memoryOptions(this.memory);
    const output = options === null ? null : await chooseOutput();
    if (output === null || options === null) return;
    this.progress = { text: 'Starting …', share: 0 };
    this.done = '';
    this.forgetSaved();
    try {
      const { files } = await this.worker();
      await files.open('auto');
      const tell = proxy((now: { tensor: string; doneBytes: number; totalBytes: number }) => {
        const share = now.totalBytes === 0 ? 1 : now.doneBytes / now.totalBytes;
        this.progress = { text: `${formatBytes(now.doneBytes)} · ${now.tensor}`, share };
      });
      const { folder } = output;
      const reports = await files.merge(this.recipe, this.models, { folder }, options, tell);
      const written = reports.at(-1)?.bytesWritten ?? 0;
      const peak = reports.reduce((most, { peakBytes }) => Math.max(most, peakBytes), 0);
      this.done = `Written: ${formatBytes(written)}. At most ${formatBytes(peak)} of tensors were held.`;
      if (output.isTemporary) this.saved = await savedFiles(folder);
    } finally {
      this.progress = null;
    }
  }

  private async attempt(action: () => Promise<void>): Promise<void> {
    try {
      this.problem = null;
      await action();
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  private forgetSaved(): void {
    for (const { url } of this.saved) URL.revokeObjectURL(url);
    this.saved = [];
  }
}

define('mm-merge-files', MmMergeFiles);
