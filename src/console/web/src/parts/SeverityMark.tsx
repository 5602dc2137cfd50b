import type { Schema } from '../app/http';
import { useWords } from '../app/words';

export type Severity = Schema<'Severity'>;

/** Worst first. */
export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

// Each severity has its own shape: octagon, triangle, diamond, disc, ring.
const SHAPES: Record<Severity, string> = {
  critical: 'M5 1h6l4 4v6l-4 4H5l-4-4V5zm2.100 2.500.3 5.500h1.200l.3-5.500zM8 10.300a1.100 1.100 0 1 0 0 2.200 1.100 1.100 0 0 0 0-2.200z',
  high: 'M8 1 .6 14.500h14.800z',
  medium: 'M8 .8 15.200 8 8 15.200.8 8z',
  low: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z',
  info: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 2.200a3.800 3.800 0 1 1 0 7.600 3.800 3.800 0 0 1 0-7.600z',
};

export function SeverityShape({ severity, size = 14 }: { severity: Severity; size?: number }) {
  return (
    <svg className={`severity-shape severity-${severity}`} viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      <path fillRule="evenodd" d={SHAPES[severity]} />
    </svg>
  );
}

/** A severity as shape, colour and word. */
export function SeverityMark({ severity }: { severity: Severity }) {
  const { t } = useWords();
  return (
    <span className={`severity-mark severity-${severity}`}>
      <SeverityShape severity={severity} />
      {t(`severity.${severity}`)}
    </span>
  );
}
