import { dirname, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { PROJECT_ROOT } from './sources.ts';

/** A parsed text, every node with its parent. Each text is parsed once: many rules look at the same files. */
export function sourceOf(path: string, text: string): ts.SourceFile {
  const known = sources.get(path);
  if (known?.text === text) return known;
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  sources.set(path, source);
  return source;
}

const sources = new Map<string, ts.SourceFile>();

export interface ImportEdge {
  readonly from: string;
  /** Project path for a relative import (query dropped), else the package's name. */
  readonly to: string;
  readonly isRelative: boolean;
  /** `import type`: no code is loaded. */
  readonly isTypeOnly: boolean;
}

/** Every import, export-from, dynamic import and `import('…')` type of a TypeScript text. */
export function importsOf(path: string, text: string): readonly ImportEdge[] {
  const source = sourceOf(path, text);
  const edges = imports.get(source) ?? findImports(path, source);
  imports.set(source, edges);
  return edges;
}

const imports = new WeakMap<ts.SourceFile, readonly ImportEdge[]>();

function findImports(path: string, source: ts.SourceFile): ImportEdge[] {
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
