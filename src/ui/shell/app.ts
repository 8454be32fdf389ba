import { LitElement } from 'lit';
import type { TemplateResult } from 'lit';
import { define } from '../../charts/define.ts';
import { html } from '../../charts/html.ts';
import { routeOf } from '../browser/router.ts';
import { CommandEvent } from '../state/events.ts';
import type { Command } from '../state/events.ts';
import type { ViewName } from '../state/view-names.ts';
import type { PageDesk } from './desk.ts';
import './page.ts';

/** The application: paints the page, then fetches what it works with. */
export class MmApp extends LitElement {
  private desk: PageDesk | null = null;
  private view: ViewName = 'start';
  private isLost = false;
  /** What was asked for before there was a desk. */
  private readonly waiting: Command[] = [];

  constructor() {
    super();
    this.addEventListener(CommandEvent.type, (event) => {
      if (!(event instanceof CommandEvent)) return;
      if (this.desk === null) this.waiting.push(event.detail);
      else this.desk.carryOut(event.detail);
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('hashchange', this.onRoute);
    addEventListener('beforeunload', this.onLeave);
    this.onRoute();
    void this.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('hashchange', this.onRoute);
    removeEventListener('beforeunload', this.onLeave);
  }

  protected override render(): TemplateResult {
    return html`<mm-page
      .view=${this.view}
      .state=${this.desk?.state ?? null}
      .presets=${this.desk?.presets ?? []}
      .isLost=${this.isLost}
    ></mm-page>`;
  }

  /** The rest of the page comes when the first picture stands. */
  private async start(): Promise<void> {
    await this.updateComplete;
    const code = await import('./desk.ts').catch(() => null);
    if (code === null) {
      // Without a connection, or after the page's files were replaced: the picture stays.
      this.isLost = true;
      this.requestUpdate();
      return;
    }
    const desk = new code.PageDesk(this.view, () => {
      document.title = desk.title;
      this.requestUpdate();
    });
    this.desk = desk;
    this.requestUpdate();
    const opened = desk.start();
    for (const command of this.waiting.splice(0)) desk.carryOut(command);
    await opened;
  }

  private readonly onRoute = (): void => {
    this.view = routeOf(location.hash).view;
    this.desk?.show(this.view);
    this.requestUpdate();
  };

  /** Finished cells are stored, but the cell in training would be lost. */
  private readonly onLeave = (event: BeforeUnloadEvent): void => {
    if (this.desk?.isBusy === true) event.preventDefault();
  };
}

define('mm-app', MmApp);
