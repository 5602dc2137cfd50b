interface ShareBarProps {
  /** The share that was lost. */
  lost: number;
  whole: number;
  label: string;
}

/** A bar of what was seen; what was missed stands out at its end, never thinner than can be seen. */
export function ShareBar({ lost, whole, label }: ShareBarProps) {
  const share = whole > 0 ? (100 * lost) / whole : 0;
  const shown = lost > 0 ? Math.min(100, Math.max(1.5, share)) : 0;
  return (
    <div className="share-bar" role="img" aria-label={label}>
      {whole > 0 && <span className="share-bar-seen" style={{ width: `${100 - shown}%` }} />}
      {shown > 0 && <span className="share-bar-lost" style={{ width: `${shown}%` }} />}
    </div>
  );
}
