interface FieldProps {
  label: string;
  type: 'text' | 'password';
  value: string;
  autoComplete: 'username' | 'current-password' | 'new-password';
  autoFocus?: boolean;
  onChange: (value: string) => void;
}

export function Field({ label, onChange, ...rest }: FieldProps) {
  return (
    <label className="door-field">
      <span>{label}</span>
      <input {...rest} required maxLength={128} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}
