import type { ReactNode } from 'react';

interface ChipsProps {
  label: string;
  options: { value: string; content: ReactNode }[];
  chosen: readonly string[];
  onChoose: (value: string) => void;
}

/** A row of switches for a filter. */
export function Chips({ label, options, chosen, onChoose }: ChipsProps) {
  return (
    <div className="chips" role="group" aria-label={label}>
      {options.map(({ value, content }) => (
        <button key={value} type="button" className="chip" aria-pressed={chosen.includes(value)} onClick={() => onChoose(value)}>
          {content}
        </button>
      ))}
    </div>
  );
}
