import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { textTable } from '../src/lab/report/text-table.ts';
import type { HeadlessMessage, HeadlessTask } from '../workers/headless-messages.ts';
import { ensureBuilt } from './build.ts';
import { ensureBrowser } from './ensure-browser.ts';
import { readArguments, USAGE, UsageError, type HeadlessArguments } from './headless/arguments.ts';
import { openHeadlessPage, profileFolder, type BrowserRun } from './headless/browser-run.ts';
import { durationText, Progress } from './headless/progress.ts';
import { startServer } from './local-server.ts';

const EXIT = { done: 0, failed: 1, inputWrong: 2, stopped: 130 } as const;

const settings = readSettings();
const progress = new Progress({
  write: (text) => process.stdout.write(text),
  isTerminal: process.stdout.isTTY,
  columns: () => process.stdout.columns,
  now: () => performance.now(),
});

let run: BrowserRun | null = null;
let isStopping = false;
let finish: (code: number) => void = () => undefined;
const finished = new Promise<number>((resolve) => {
  finish = resolve;
});

process.on('SIGINT', stop);
process.on('SIGTERM', stop);
process.exitCode = await main();

async function main(): Promise<number> {
  const executablePath = settings.browser ?? ensureBrowser();
  if (executablePath === null) return EXIT.failed;
  const root = await ensureBuilt();
  mkdirSync(settings.outDir, { recursive: true });
  const task: HeadlessTask = { document: settings.document, executor: settings.executor };
  const server = await startServer({
    root,
    task,
    outDir: settings.outDir,
    dataDir: settings.dataDir ?? undefined,
  });
  try {
    run = await openHeadlessPage({
      executablePath,
      adapter: settings.executor === 'cpu' ? 'none' : 'any',
      profileDir: profileFolder(settings.outDir),
      port: server.port,
      onMessage: show,
      onDeath: (reason) => {
        fail(`${reason} Finished cells are kept; the same command continues.`);
      },
    });
    return await finished;
  } catch (error) {
    console.error(launchProblem(error));
    return EXIT.failed;
  } finally {
    await run?.close();
    await server.close();
  }
}

function show(message: HeadlessMessage): void {
  switch (message.type) {
    case 'session': {
      const { profile, reason, hint } = message.report;
      progress.line(`Runs on ${profile.name}`);
      if (reason !== '') progress.line(`  ${reason} ${hint}`.trimEnd());
      return;
    }
    case 'importing': {
      const { doneBytes, totalBytes } = message;
      if (doneBytes >= totalBytes)
        progress.line(`Read ${(totalBytes / 1e6).toFixed(1)} MB of data`);
      return;
    }
    case 'planned':
      progress.plan(message.jobs);
      for (const note of message.notes) progress.line(`  ${note}`);
      progress.line(
        `${message.name}: ${message.jobs.length} jobs, ${message.finished} finished already; ` +
          `${message.parameters} parameters a model; ${message.leaks} future interactions in training`,
      );
      return;
    case 'events':
      for (const event of message.events) progress.add(event);
      return;
    case 'written':
      progress.line(`Wrote ${join(settings.outDir, message.path)}`);
      return;
    case 'ended':
      return end(message);
    case 'refused':
      report(message);
      return finish(EXIT.inputWrong);
    case 'failed':
      report(message);
      return finish(EXIT.failed);
  }
}

function end(message: HeadlessMessage & { type: 'ended' }): void {
  progress.clear();
  if (message.status === 'stopped') {
    progress.line(
      `Stopped. ${progress.finishedCount} finished jobs are kept in ` +
        `${profileFolder(settings.outDir)}; the same command continues.`,
    );
    return finish(EXIT.stopped);
  }
  progress.line(`\n${textTable(message.rows)}\n\nDone in ${durationText(message.seconds)}.`);
  finish(EXIT.done);
}

function report(message: HeadlessMessage & { type: 'refused' | 'failed' }): void {
  progress.clear();
  const { error, faults } = message;
  console.error(`${settings.documentName}: ${error.message} [${error.code}]`);
  for (const fault of faults) console.error(`  ${fault.place}: ${fault.message}`);
  if (error.hint !== '') console.error(error.hint);
}

function fail(reason: string): void {
  progress.clear();
  console.error(reason);
  finish(EXIT.failed);
}

/** First signal: stop at the next safe point. Second: leave at once. */
function stop(): void {
  if (isStopping || run === null) process.exit(EXIT.stopped);
  isStopping = true;
  progress.line('Stopping at the next safe point … (Ctrl-C again leaves at once)');
  run.stop().catch((error: unknown) => {
    fail(error instanceof Error ? error.message : String(error));
  });
}

function launchProblem(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (!/ProcessSingleton|already in use|SingletonLock/.test(text)) return text;
  return `Another run uses ${settings.outDir}. Wait for it, or choose another folder with --out.`;
}

function readSettings(): HeadlessArguments {
  try {
    const read = readArguments(process.argv.slice(2));
    if (read !== 'help') return read;
    console.log(USAGE);
    process.exit(EXIT.done);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(EXIT.inputWrong);
  }
}
