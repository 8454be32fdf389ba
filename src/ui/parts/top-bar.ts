import { css, LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../charts/html.ts';
import { define } from '../../charts/define.ts';
import { icon } from '../style/icons.ts';
import type { IconName } from '../style/icons.ts';
import { sharedStyles } from '../style/shared-styles.ts';
import type { ViewName } from '../state/state.ts';
import { applyTheme, nextTheme, storedTheme } from '../browser/theme.ts';
import type { Theme } from '../browser/theme.ts';

const VIEWS: readonly { readonly id: ViewName; readonly title: string }[] = [
  { id: 'start', title: 'Start' },
  { id: 'data', title: 'Data & contexts' },
  { id: 'grid', title: 'Grid' },
  { id: 'merge', title: 'Merge' },
  { id: 'recommend', title: 'Recommend' },
  { id: 'analysis', title: 'Analysis' },
  { id: 'results', title: 'Results' },
];
const THEME_ICON: Readonly<Record<Theme, IconName>> = { auto: 'auto', light: 'sun', dark: 'moon' };

/** Name, views, theme. */
export class MmTopBar extends LitElement {
  static override readonly properties = { view: { attribute: false }, theme: { state: true } };
  static override readonly styles = [
    sharedStyles,
    css`
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0 20px;
        padding: 0 20px;
        background: var(--mm-surface);
        border-bottom: 1px solid var(--mm-border);
      }
      .name {
        display: flex;
        align-items: center;
        gap: 9px;
        font-weight: 660;
        font-size: 1.04rem;
        letter-spacing: -0.01em;
        padding-block: 12px;
        color: inherit;
        text-decoration: none;
      }
      .mark {
        width: 22px;
        height: 22px;
      }
      .mark rect {
        fill: var(--mm-accent);
      }
      .mark rect.soft {
        opacity: 0.45;
      }
      nav ul {
        display: flex;
        list-style: none;
      }
      nav a {
        display: block;
        padding: 13px 12px 11px;
        color: var(--mm-muted);
        font-weight: 550;
        text-decoration: none;
        border-bottom: 2px solid transparent;
        white-space: nowrap;
      }
      nav a:hover {
        color: var(--mm-text);
      }
      nav a[aria-current='page'] {
        color: var(--mm-text);
        border-bottom-color: var(--mm-accent);
      }
      nav a:focus-visible {
        outline-offset: -4px;
      }
      .end {
        margin-inline-start: auto;
      }
      @media (max-width: 640px) {
        header {
          padding: 0 12px;
        }
        nav {
          order: 3;
          width: 100%;
          overflow-x: auto;
          margin-inline: -12px;
          padding-inline: 4px;
        }
        nav a {
          padding-block: 8px;
        }
      }
    `,
  ];

  declare view: ViewName;
  declare private theme: Theme;

  constructor() {
    super();
    this.view = 'grid';
    this.theme = storedTheme();
  }

  protected override render(): TemplateResult {
    return html`<header>
      <a class="name" href="#/start">
        <svg class="mark" viewBox="0 0 22 22" aria-hidden="true">
          <rect x="1" y="1" width="9" height="9" rx="2.2" />
          <rect class="soft" x="12" y="1" width="9" height="9" rx="2.2" />
          <rect class="soft" x="1" y="12" width="9" height="9" rx="2.2" />
          <rect x="12" y="12" width="9" height="9" rx="2.2" />
        </svg>
        MMGrid Playground
      </a>
      <nav aria-label="Views">
        <ul>
          ${VIEWS.map(
            ({ id, title }) =>
              html`<li>
                <a href="#/${id}" aria-current=${id === this.view ? 'page' : 'false'}>${title}</a>
              </li>`,
          )}
        </ul>
      </nav>
      <button
        class="quiet end"
        aria-label="Theme: ${this.theme}; change"
        title="Theme: ${this.theme}"
        @click=${() => {
          this.theme = nextTheme(this.theme);
          applyTheme(this.theme);
        }}
      >
        ${icon(THEME_ICON[this.theme])}
      </button>
    </header>`;
  }
}

define('mm-top-bar', MmTopBar);
