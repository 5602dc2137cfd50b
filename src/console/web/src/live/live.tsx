import { createContext, useContext, useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { get } from '../app/http';
import type { Schema } from '../app/http';
import { LiveLine } from './line';
import type { LiveState } from './line';

const Context = createContext<LiveLine | null>(null);

export function LiveProvider({ children }: { children: ReactNode }) {
  const [line] = useState(() => new LiveLine());
  useEffect(() => {
    line.start();
    const abort = new AbortController();
    // The first state at once; the line's own may be two seconds away. If it fails, the line says so.
    get('/api/v1/overview', { signal: abort.signal }).then(
      (overview) => line.takeOverview(overview),
      () => undefined,
    );
    return () => {
      abort.abort();
      line.stop();
    };
  }, [line]);
  return <Context value={line}>{children}</Context>;
}

function useLine(): LiveLine {
  const line = useContext(Context);
  if (!line) throw new Error('no LiveProvider above');
  return line;
}

export function useLive(): LiveState {
  const line = useLine();
  return useSyncExternalStore(line.watch, line.snapshot);
}

interface AlertNews {
  /** An alert is new or has changed. */
  onAlert: (row: Schema<'AlertRow'>) => void;
  /** Something was missed. */
  onReload: () => void;
}

export function useAlertNews({ onAlert, onReload }: AlertNews): void {
  const line = useLine();
  const hearAlert = useEffectEvent(onAlert);
  const hearReload = useEffectEvent(onReload);
  useEffect(() => {
    const stops = [line.onAlert((row) => hearAlert(row)), line.onReload(() => hearReload())];
    return () => stops.forEach((stop) => stop());
  }, [line]);
}
