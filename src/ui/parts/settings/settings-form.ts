import { LitElement, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { define } from '../../../charts/define.ts';
import { isRecord, readDocument } from '../../document/document-edit.ts';
import { outlineOf } from '../../document/document-outline.ts';
import { withSetting } from '../../document/setting-edit.ts';
import type { SettingField } from '../../document/setting-fields.ts';
import { settingSections } from '../../document/setting-sections.ts';
import { sendEdit } from '../../state/events.ts';
import type { AppState } from '../../state/state.ts';
import { isBusy } from '../../state/run-phase.ts';
import { sharedStyles } from '../../style/shared-styles.ts';
import { settingControl } from './setting-control.ts';
import type { SettingScene } from './setting-scene.ts';
import { settingsStyles } from './settings-styles.ts';

/**
 * Every key of the document that has no form of its own, with its default, its description and its
 * fault: made of the schema, so that no key waits for a form.
 */
export class MmSettings extends LitElement {
  static override readonly properties = { state: { attribute: false } };
  static override readonly styles = [sharedStyles, settingsStyles];

  declare state: AppState;

  protected override render(): TemplateResult {
    const { text, inspection } = this.state.document;
    const root = readDocument(text);
    if (root === null) {
      return html`<p class="muted">The document is no YAML yet: its faults stand under it.</p>`;
    }
    const { stages } = outlineOf(text);
    const scene: SettingScene = {
      root,
      faults: inspection?.ok === false ? inspection.faults : [],
      stages: stages.map(({ name }) => name),
      isLocked: isBusy(this.state.run),
      control: settingControl,
      change: (path, value, keep) => {
        sendEdit(this, () => withSetting(this.state.document.text, path, value, keep));
      },
    };
    return html`<p class="muted">
        A field that is empty takes its default. What is set here stands in the document.
      </p>
      ${settingSections(root['paradigm']).map((section) => this.section(section, scene))}`;
  }

  private section(field: SettingField, scene: SettingScene): TemplateResult {
    const { key, label, shape, help } = field;
    const value = isRecord(scene.root) ? scene.root[key] : undefined;
    const keys = isRecord(value) ? Object.keys(value).length : value === undefined ? 0 : 1;
    const faults = scene.faults.filter(({ place }) => new RegExp(`^${key}\\b`).test(place)).length;
    const place = { scene, path: [key], keep: 0, label };
    return html`<details ?open=${faults > 0} data-section=${key}>
      <summary>
        ${label}
        <span class="muted small">${keys === 0 ? 'as usual' : `${String(keys)} set`}</span>
        ${
          faults === 0
            ? nothing
            : html`<span class="bad small">${faults === 1 ? '1 fault' : `${faults} faults`}</span>`
        }
      </summary>
      ${help === '' ? nothing : html`<p class="help">${help}</p>`}
      ${settingControl(shape, { ...place, usual: field.usual })}
    </details>`;
  }
}

define('mm-settings', MmSettings);
