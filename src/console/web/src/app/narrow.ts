import { useSyncExternalStore } from 'react';

// Below this a table would have to be pushed sideways; a list takes its place.
const NARROW = matchMedia('(max-width: 860px)');

export function useNarrow(): boolean {
  return useSyncExternalStore(follow, () => NARROW.matches);
}

function follow(listener: () => void): () => void {
  NARROW.addEventListener('change', listener);
  return () => NARROW.removeEventListener('change', listener);
}
