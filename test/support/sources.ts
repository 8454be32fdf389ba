import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Folder of package.json. */
export const PROJECT_ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Files below the given project folders whose name ends so, as paths from the root with `/`. */
export function filesIn(folders: readonly string[], ending: string): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(PROJECT_ROOT, folder), { recursive: true, withFileTypes: true }),
    )
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(PROJECT_ROOT, join(entry.parentPath, entry.name)))
    .map((path) => path.split(sep).join('/'))
    .sort();
}

export function textOf(path: string): string {
  return readFileSync(join(PROJECT_ROOT, path), 'utf8');
}

export interface ImportEdge {
  readonly from: string;
  /** Project path for a relative import (query dropped), else the package's name. */
  readonly to: string;
  readonly isRelative: boolean;
  /** `import type`: no code is loaded. */
  readonly isTypeOnly: boolean;
}

/** Every import, export-from, dynamic import and `import('…')` type of a TypeScript text. */
export function importsOf(path: string, text: string): ImportEdge[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const edges: ImportEdge[] = [];
  const add = (specifier: string, isTypeOnly: boolean): void => {
    const bare = specifier.replace(/\?.*$/, '');
    const isRelative = bare.startsWith('.') || bare.startsWith('/');
    const to = bare.startsWith('/') ? bare.slice(1) : resolvePath(path, bare);
    edges.push({ from: path, to: isRelative ? to : bare, isRelative, isTypeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const phase = node.importClause?.phaseModifier;
      add(node.moduleSpecifier.text, phase === ts.SyntaxKind.TypeKeyword);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      if (ts.isStringLiteral(node.moduleSpecifier)) add(node.moduleSpecifier.text, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const argument = node.arguments[0];
      if (argument !== undefined && ts.isStringLiteral(argument)) add(argument.text, false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) add(node.argument.literal.text, true);
    } else if (ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)) {
      // What a file adds to another's types.
      add(node.name.text, true);
    } else if (isModuleUrl(node, source)) {
      add(node.arguments[0].text, false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edges;
}

/** `new URL('./x.ts', import.meta.url)`: how workers are reached. */
function isModuleUrl(
  node: ts.Node,
  source: ts.SourceFile,
): node is ts.NewExpression & { arguments: readonly [ts.StringLiteral, ts.Expression] } {
  if (!ts.isNewExpression(node) || node.expression.getText(source) !== 'URL') return false;
  const [url, base] = node.arguments ?? [];
  return (
    url !== undefined && ts.isStringLiteral(url) && base?.getText(source) === 'import.meta.url'
  );
}

function resolvePath(from: string, specifier: string): string {
  const absolute = resolve(PROJECT_ROOT, dirname(from), specifier);
  return relative(PROJECT_ROOT, absolute).split(sep).join('/');
}
