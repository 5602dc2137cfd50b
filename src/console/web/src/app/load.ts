import { useCallback, useEffect, useState } from 'react';

export interface Loaded<T> {
  /** The latest answer; it stays while a newer one is under way. */
  data: T | null;
  error: unknown;
  loading: boolean;
  reload: () => void;
  /** Puts a newer state in place that came another way. */
  set: (change: (old: T) => T) => void;
}

/** Loads something anew whenever `key` changes; an answer that was overtaken is dropped. */
export function useLoad<T>(key: string, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ data: T | null; error: unknown; loading: boolean }>({ data: null, error: null, loading: true });
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    const abort = new AbortController();
    setState((old) => ({ ...old, loading: true }));
    load(abort.signal).then(
      (data) => !abort.signal.aborted && setState({ data, error: null, loading: false }),
      (error: unknown) => !abort.signal.aborted && setState((old) => ({ ...old, error, loading: false })),
    );
    return () => abort.abort();
    // `load` is a new function on every drawing; `key` says when it would answer something else.
  }, [key, turn]);

  const reload = useCallback(() => setTurn((old) => old + 1), []);
  const set = useCallback((change: (old: T) => T) => setState((old) => (old.data === null ? old : { ...old, data: change(old.data) })), []);
  return { ...state, reload, set };
}
