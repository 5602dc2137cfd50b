import type { components, paths } from '../api';

/** A type of the API's description. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

type Method = 'get' | 'post' | 'put';
type Operation<M extends Method, P extends keyof paths> = paths[P][M];
type PathOf<M extends Method> = {
  [P in keyof paths]: Operation<M, P> extends { responses: unknown } ? P : never;
}[keyof paths];
type Answer<Op> = Op extends { responses: { 200: { content: { 'application/json': infer Body } } } } ? Body : null;
type PathPart<Op> = Op extends { parameters: { path: infer Path } } ? { path: Path } : { path?: never };
type QueryPart<Op> = Op extends { parameters: { query?: infer Query } } ? { query?: Query } : { query?: never };
type BodyPart<Op> = Op extends { requestBody: { content: { 'application/json': infer Body } } } ? { body: Body } : { body?: never };
type Given<Op> = PathPart<Op> & QueryPart<Op> & BodyPart<Op> & { signal?: AbortSignal };

/** Why a request was not done: a key of the language files, and how long to wait before another. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly key: string,
    readonly retryAfter: number | null,
    /** What exactly is wrong: key and value. */
    readonly detail: string | null = null,
  ) {
    super(key);
  }
}

export function get<P extends PathOf<'get'>>(path: P, given: Given<Operation<'get', P>>): Promise<Answer<Operation<'get', P>>> {
  return request('GET', path, given);
}

export function post<P extends PathOf<'post'>>(path: P, given: Given<Operation<'post', P>>): Promise<Answer<Operation<'post', P>>> {
  return request('POST', path, given);
}

export function put<P extends PathOf<'put'>>(path: P, given: Given<Operation<'put', P>>): Promise<Answer<Operation<'put', P>>> {
  return request('PUT', path, given);
}

/** Sends a text file as it stands. */
export function postText<P extends PathOf<'post'>>(path: P, given: Omit<Given<Operation<'post', P>>, 'body'>, text: string): Promise<Answer<Operation<'post', P>>> {
  return request('POST', path, { ...(given as Parts), text });
}

/** Sends a file piece by piece, and tells which share of it has gone. */
export function upload<P extends PathOf<'post'>>(path: P, given: Omit<Given<Operation<'post', P>>, 'body'>, file: Blob, onShare: (share: number) => void): Promise<Answer<Operation<'post', P>>> {
  const sending = new XMLHttpRequest();
  const parts = given as Parts;
  parts.signal?.addEventListener('abort', () => sending.abort());
  return new Promise((done, failed) => {
    sending.upload.onprogress = (event) => event.lengthComputable && onShare(event.loaded / event.total);
    sending.onerror = () => failed(new RequestError(0, 'console.error.offline', null));
    sending.onabort = () => failed(new RequestError(0, 'console.error.aborted', null));
    sending.onload = () => {
      const body = parsed(sending.responseText);
      if (sending.status === 200 && body !== null) done(body as Answer<Operation<'post', P>>);
      else failed(refusal(sending.status, sending.responseText));
    };
    sending.open('POST', address(path, parts));
    sending.setRequestHeader('content-type', 'application/octet-stream');
    sending.send(file);
  });
}

const loggedOut = new Set<() => void>();

/** Calls where the sensor says that nobody is logged in here any more. */
export function onLoggedOut(listener: () => void): () => void {
  loggedOut.add(listener);
  return () => {
    loggedOut.delete(listener);
  };
}

/** Milliseconds by which the sensor's clock is ahead of this browser's, as its latest answer said. */
export let clockAhead = 0;

interface Parts {
  path?: object;
  query?: object | undefined;
  body?: unknown;
  text?: string;
  signal?: AbortSignal;
}

async function request<T>(method: string, path: string, parts: Parts): Promise<T> {
  const init: RequestInit = { method, ...(parts.signal && { signal: parts.signal }) };
  if (parts.body !== undefined) {
    init.headers = { 'content-type': 'application/json' };
    init.body = JSON.stringify(parts.body);
  }
  if (parts.text !== undefined) {
    init.headers = { 'content-type': 'text/plain' };
    init.body = parts.text;
  }
  const response = await fetch(address(path, parts), init).catch((error: unknown) => {
    if (parts.signal?.aborted) throw error;
    throw new RequestError(0, 'console.error.offline', null);
  });
  const date = Date.parse(response.headers.get('date') ?? '');
  if (!Number.isNaN(date)) clockAhead = date - Date.now();
  if (response.ok) return (await response.json()) as T;
  throw refusal(response.status, await response.text().catch(() => ''));
}

const LONGEST_REASON = 500;

/** What a request failed of; who is not logged in any more is led to the door. */
function refusal(status: number, text: string): RequestError {
  if (status === 401) for (const listener of loggedOut) listener();
  const said = parsed(text) as Partial<Schema<'ErrorBody'>> | null;
  // What does not even fit the form of a question is answered in plain words, which name the place and the value.
  const isPlain = said === null && status >= 400 && status < 500 && text !== '' && text.length < LONGEST_REASON;
  if (isPlain) return new RequestError(status, 'console.error.refused', null, text);
  return new RequestError(status, said?.error ?? 'console.error.unknown', said?.retry_after ?? null, said?.detail ?? null);
}

/** Something between browser and sensor may have answered in another way. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function address(path: string, parts: Parts): string {
  const filled = Object.entries(parts.path ?? {}).reduce(
    (text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(String(value))),
    path,
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parts.query ?? {})) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  return query.size > 0 ? `${filled}?${query.toString()}` : filled;
}
