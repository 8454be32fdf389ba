import { AppError } from '../../core/errors.ts';

/** Which model on which hub. */
export interface HubName {
  /** `https://huggingface.co`; absent: the usual one. */
  readonly endpoint?: string;
  /** `Qwen/Qwen3-0.6B` */
  readonly repo: string;
  /** Branch, tag or commit; absent: the main branch. */
  readonly revision?: string;
}

const EXAMPLE = 'Write it as in Qwen/Qwen3-0.6B or Qwen/Qwen3-0.6B@main, or take its address.';

/**
 * Reads `owner/name`, `owner/name@revision` or the address of a model's page, also with
 * `/tree/<revision>` or the address of one of its files.
 * @errors invalid-argument
 */
export function parseHubName(text: string): HubName {
  const trimmed = text.trim();
  if (/^https?:\/\//i.test(trimmed)) return parseAddress(trimmed);
  const [, repo, revision] = /^([^@\s]+)(?:@(\S+))?$/.exec(trimmed) ?? [];
  if (repo === undefined || !isRepo(repo)) throw noName(trimmed);
  return revision === undefined ? { repo } : { repo, revision };
}

/** `org/tiny@1a2b3c4`, for people. */
export function hubTitle({ repo, revision }: HubName): string {
  if (revision === undefined) return repo;
  return `${repo}@${/^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : revision}`;
}

function parseAddress(text: string): HubName {
  if (!URL.canParse(text)) throw noName(text);
  const { origin, pathname } = new URL(text);
  const match =
    /^\/([^/]+(?:\/[^/]+)?)\/?(?:(?<=\/)(?:tree|blob|resolve)\/([^/]+)(?:\/.*)?)?$/.exec(pathname);
  const repo = match?.[1] ?? '';
  if (!isRepo(repo)) throw noName(text);
  const revision = decoded(match?.[2]);
  return { endpoint: origin, repo, ...(revision !== undefined && { revision }) };
}

/** Branches may hold slashes: `refs%2Fpr%2F1`. */
function decoded(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** One part, as `gpt2` has, or two. Dots and dashes never come first: `..` is no name. */
export function isRepo(text: string): boolean {
  return /^\w[\w.-]*(\/\w[\w.-]*)?$/.test(text);
}

function noName(text: string): AppError {
  return new AppError('invalid-argument', `"${text}" is no name of a model.`, { hint: EXAMPLE });
}
