import type { TemplateResult } from 'lit';
import type { Fault } from '../../../core/errors.ts';
import type { DocumentPath } from '../../document/document-edit.ts';
import type { SettingShape } from '../../document/setting-fields.ts';
import { faultsAt, settingAt } from '../../document/setting-edit.ts';

/** What the controls of a document's settings share. */
export interface SettingScene {
  /** The document as plain values. */
  readonly root: unknown;
  readonly faults: readonly Fault[];
  /** Stages of the document: keys of what differs by stage, and names of models. */
  readonly stages: readonly string[];
  readonly isLocked: boolean;
  /** @param keep how much of the path above means something while it is empty */
  readonly change: (path: DocumentPath, value: unknown, keep: number) => void;
  /** The control of one place: sections hold what may be anything, again sections. */
  readonly control: (shape: SettingShape, place: SettingPlace) => TemplateResult;
}

/** One place of the document, as its control is told of it. */
export interface SettingPlace {
  readonly scene: SettingScene;
  readonly path: DocumentPath;
  readonly keep: number;
  /** What the control is called. */
  readonly label: string;
  /** Where the document says nothing; undefined: then something that no value says. */
  readonly usual: unknown;
}

export function valueAt({ scene, path }: SettingPlace): unknown {
  return settingAt(scene.root, path);
}

export function setTo({ scene, path, keep }: SettingPlace, value: unknown): void {
  scene.change(path, value, keep);
}

/** A control's id; names of stages may hold spaces. */
export function idOf({ path }: SettingPlace): string {
  return path.map((key) => encodeURIComponent(String(key))).join('.');
}

/** @param isSection keys below have controls of their own, beside which their faults stand */
export function faultsOf({ scene, path }: SettingPlace, isSection: boolean): readonly Fault[] {
  return faultsAt(scene.faults, path, isSection);
}

/** A value as text: `default: 0.5`, `default: on`. */
export function usualText(usual: unknown): string {
  return usual === undefined ? 'not set' : `default: ${shownValue(usual)}`;
}

export function shownValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(shownValue).join(', ');
  if (value === null) return 'no limit';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'as usual';
}
