const RADIUS = 26;
const ROUND = 2 * Math.PI * RADIUS;

interface RingProps {
  /** Percent. */
  progress: number;
  /** What is measured, for those who do not see it. */
  label: string;
  done: boolean;
}

/** A progress ring. */
export function Ring({ progress, label, done }: RingProps) {
  return (
    <svg className={done ? 'ring ring-done' : 'ring'} viewBox="0 0 64 64" width={64} height={64} role="img" aria-label={`${label}: ${progress} %`}>
      <circle className="ring-ground" cx={32} cy={32} r={RADIUS} />
      <circle
        className="ring-value"
        cx={32}
        cy={32}
        r={RADIUS}
        strokeDasharray={`${(ROUND * progress) / 100} ${ROUND}`}
        transform="rotate(-90 32 32)"
      />
      {done ? (
        <path className="ring-tick" d="m22 33 7 7 13-15" />
      ) : (
        <text className="ring-text" x={32} y={37} textAnchor="middle">
          {progress}%
        </text>
      )}
    </svg>
  );
}
