import { css, LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import type { HubReference, KeptModel } from '../../../../workers/lab/api.ts';
import { define } from '../../../charts/define.ts';
import { parseHubName } from '../../../io/hub/hub-name.ts';
import { DEFAULT_ENDPOINT } from '../../../io/hub/open-hub-model.ts';
import { send } from '../../state/events.ts';
import { formatBytes } from '../../text/format.ts';
import { icon } from '../../style/icons.ts';
import { problemOf } from '../../text/problem.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { baseCardStyles } from './base-card-styles.ts';

/** Name, server and token of a model on a hub, and what earlier downloads have left. */
export class MmHub extends LitElement {
  static override readonly properties = {
    kept: { attribute: false },
    locked: { attribute: false },
    fault: { state: true },
  };
  static override readonly styles = [
    sharedStyles,
    baseCardStyles,
    css`
      .bad {
        margin-top: 2px;
      }
    `,
  ];

  declare kept: readonly KeptModel[];
  declare locked: boolean;
  /** What is wrong with the name; '' while nothing is. */
  declare private fault: string;

  constructor() {
    super();
    this.kept = [];
    this.locked = false;
    this.fault = '';
  }

  protected override render(): TemplateResult {
    return html`<details @toggle=${this.onToggle}>
      <summary>Or download one from the Hugging Face Hub</summary>
      <form class="hub" @submit=${this.onSubmit}>
        <div class="field wide">
          <label for="name">Model</label>
          <input
            id="name"
            placeholder="owner/name@revision"
            autocomplete="off"
            spellcheck="false"
            aria-describedby="fault"
            aria-invalid=${this.fault === '' ? 'false' : 'true'}
          />
          <p class="bad small" id="fault" role="alert">${this.fault}</p>
        </div>
        <div class="field">
          <label for="server">Server (optional)</label>
          <input id="server" placeholder=${DEFAULT_ENDPOINT} inputmode="url" autocomplete="off" />
        </div>
        <div class="field">
          <label for="token">Access token (optional)</label>
          <input id="token" type="password" autocomplete="off" />
        </div>
        <p class="small muted wide">
          The server learns which model you ask for, nothing else. The token goes to it alone and is
          forgotten with this page; the files stay in this browser until you delete them.
        </p>
        <div class="wide">
          <button type="submit" ?disabled=${this.locked}>${icon('download')} Download</button>
        </div>
      </form>
      ${this.kept.length === 0 ? nothing : this.keptModels()}
    </details>`;
  }

  private keptModels(): TemplateResult {
    return html`<h3>Kept in this browser</h3>
      <ul class="kept">
        ${this.kept.map(
          ({ id, title, keptBytes, isWhole }) =>
            html`<li class="row spread">
              <span
                >${title}
                <span class="muted number"
                  >${formatBytes(keptBytes)}${isWhole ? '' : ', not whole'}</span
                ></span
              >
              <button
                type="button"
                class="quiet"
                ?disabled=${this.locked}
                aria-label="Delete ${title}"
                @click=${() => {
                  send(this, { type: 'forget-download', id });
                }}
              >
                Delete
              </button>
            </li>`,
        )}
      </ul>`;
  }

  private readonly onToggle = (event: Event): void => {
    if (event.target instanceof HTMLDetailsElement && event.target.open) {
      send(this, { type: 'list-downloads' });
    }
  };

  private readonly onSubmit = (event: Event): void => {
    event.preventDefault();
    if (this.locked) return;
    try {
      this.fault = '';
      send(this, { type: 'download-base', reference: this.reference() });
    } catch (error) {
      const { message, hint } = problemOf(error);
      this.fault = `${message} ${hint}`;
    }
  };

  /** @errors invalid-argument for what is no name */
  private reference(): HubReference {
    const valueOf = (id: string) =>
      this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.value.trim() ?? '';
    const endpoint = valueOf('server');
    const token = valueOf('token');
    return {
      ...parseHubName(valueOf('name')),
      ...(endpoint !== '' && { endpoint }),
      ...(token !== '' && { token }),
    };
  }
}

define('mm-hub', MmHub);
