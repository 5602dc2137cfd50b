import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

export interface Filters {
  value: (name: string) => string;
  /** The page shown, from 1. */
  page: number;
  /** Changes filters; unless a page is given the list starts anew. An empty value takes a filter away. */
  change: (changes: Record<string, string>) => void;
}

/** Filter, order and page of a list live in the address, so that it can be sent to a colleague and "back" works. */
export function useFilters(): Filters {
  const [query, setQuery] = useSearchParams();
  const value = useCallback((name: string) => query.get(name) ?? '', [query]);
  const change = useCallback(
    (changes: Record<string, string>) =>
      setQuery(
        (old) => {
          const next = new URLSearchParams(old);
          for (const [name, text] of Object.entries({ page: '', ...changes })) {
            if (text === '') next.delete(name);
            else next.set(name, text);
          }
          return next;
        },
        { replace: true },
      ),
    [setQuery],
  );
  const page = Math.max(1, Number.parseInt(value('page'), 10) || 1);
  return { value, page, change };
}
