import { useId, useRef, useState } from 'react';
import { postText } from '../app/http';
import type { Schema } from '../app/http';
import { useWords } from '../app/words';

/** Takes a table of machines in; each row that cannot be used is named with its reason. */
export function ImportAssets({ onDone }: { onDone: () => void }) {
  const { t, count, error } = useWords();
  const [told, setTold] = useState<Schema<'Imported'> | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const input = useRef<HTMLInputElement>(null);
  const field = useId();
  const take = async (file: File | undefined) => {
    if (!file) return;
    setFault(null);
    setTold(null);
    const format = file.name.toLowerCase().endsWith('.csv') ? 'csv' : 'json';
    const sent = postText('/api/v1/assets/table', { query: { format } }, await file.text());
    await sent.then((done) => (setTold(done), onDone()), setFault);
    if (input.current) input.current.value = '';
  };
  return (
    <span className="import">
      <label htmlFor={field} className="file-link">
        {t('console.assets.import')}
      </label>
      <input ref={input} id={field} type="file" className="visually-hidden" accept=".csv,.json" onChange={(event) => void take(event.target.files?.[0])} />
      {told && (
        <span role="status" className="import-told">
          {count('console.import.added', told.added)} · {count('console.import.changed', told.changed)} · {count('console.import.refused', told.refused.length)}
          {told.refused.slice(0, 10).map((row) => (
            <span key={`${row.row} ${row.reason}`} className="row-sub">
              {t('console.rules.line', { line: row.row })} {row.reason}
            </span>
          ))}
        </span>
      )}
      {fault !== null && <span role="alert">{error(fault)}</span>}
    </span>
  );
}
