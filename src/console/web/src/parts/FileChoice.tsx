import { useId } from 'react';

interface FileChoiceProps {
  title: string;
  /** Endings, as `.csv,.json`. */
  accept: string;
  /** As a link in a line of links. */
  asLink?: boolean;
  disabled?: boolean;
  onFile: (file: File) => void;
}

/** Has a person choose a file; the same one may be chosen again. */
export function FileChoice({ title, accept, asLink = false, disabled = false, onFile }: FileChoiceProps) {
  const field = useId();
  return (
    <label htmlFor={field} className={asLink ? 'file-link' : 'file-button'}>
      {title}
      <input
        id={field}
        type="file"
        className="visually-hidden"
        accept={accept}
        disabled={disabled}
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file) onFile(file);
          // Only a change is told: without this the same file could not be chosen once more.
          target.value = '';
        }}
      />
    </label>
  );
}
