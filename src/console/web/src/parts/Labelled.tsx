import type { ReactNode } from 'react';

/** A field of a form with its name above. */
export function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <label className="said-field">
      <span className="weak">{label}</span>
      {children}
    </label>
  );
}
