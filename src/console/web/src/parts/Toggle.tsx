interface ToggleProps {
  on: boolean;
  label: string;
  busy?: boolean;
  onChange: (on: boolean) => void;
}

/** A switch; its state is said and shown by place, not by colour alone. */
export function Toggle({ on, label, busy = false, onChange }: ToggleProps) {
  return (
    <button type="button" role="switch" className="toggle" aria-checked={on} aria-label={label} disabled={busy} onClick={() => onChange(!on)}>
      <span />
    </button>
  );
}
