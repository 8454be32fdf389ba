import type { IncomingMessage, ServerResponse } from 'node:http';

export function queryOf({ url }: IncomingMessage): URLSearchParams {
  return new URL(url ?? '/', 'http://localhost').searchParams;
}

export function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
}

export function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(message);
}

export function refuseMethod(response: ServerResponse, allowed: readonly string[]): void {
  response.setHeader('Allow', allowed.join(', '));
  refuse(response, 405, `Only ${allowed.join(' and ')} is possible here.`);
}
