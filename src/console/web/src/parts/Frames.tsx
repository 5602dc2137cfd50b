import { useWords } from '../app/words';

/** Where in a capture something was read: "frames 12–15, 20 of span0". */
export function Frames({ capture, frames }: { capture: string; frames: number[] }) {
  const { t, count } = useWords();
  if (frames.length === 0) return <span className="weak">{t('console.none')}</span>;
  return (
    <span className="frames">
      {count('console.frames', frames.length, { frames: ranges(frames) })} <span className="weak mono">{capture}</span>
    </span>
  );
}

const SHOWN = 8;

/** Numbers as ranges, and an ellipsis where there are too many to read. */
function ranges(numbers: number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const found: [number, number][] = [];
  for (const number of sorted) {
    const last = found.at(-1);
    if (last && number <= last[1] + 1) last[1] = number;
    else found.push([number, number]);
  }
  const texts = found.slice(0, SHOWN).map(([from, to]) => (from === to ? String(from) : `${from}–${to}`));
  return texts.join(', ') + (found.length > SHOWN ? ' …' : '');
}
