interface SparklineProps {
  values: number[];
  /** Values that fill the width; fewer start at the right. */
  room: number;
  label: string;
}

const WIDTH = 160;
const HEIGHT = 32;

/** How a number went lately; the height is the greatest value shown. */
export function Sparkline({ values, room, label }: SparklineProps) {
  const top = Math.max(1, ...values);
  const step = WIDTH / (room - 1);
  const left = WIDTH - (values.length - 1) * step;
  const points = values.map((value, index) => `${(left + index * step).toFixed(1)},${(HEIGHT - 2 - ((HEIGHT - 4) * value) / top).toFixed(1)}`);
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
      <path className="sparkline-ground" d={`M0 ${HEIGHT - 1}H${WIDTH}`} />
      {points.length > 1 && (
        <>
          <path className="sparkline-area" d={`M${left.toFixed(1)},${HEIGHT} L${points.join(' L')} L${WIDTH},${HEIGHT}Z`} />
          <polyline className="sparkline-line" points={points.join(' ')} />
        </>
      )}
    </svg>
  );
}
